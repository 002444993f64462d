"""The tray icon of free desktops: a StatusNotifierItem with its menu, spoken over D-Bus in pure Python."""
