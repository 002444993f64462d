"""Showing it: the icon's picture, the menu as data, the tray backends behind one small interface."""
