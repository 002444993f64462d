"""The tray of older X11 panels (XEMBED): pystray's xorg backend with clicks, transparency, redocking and a menu."""
