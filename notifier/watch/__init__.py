"""Doing it on time: the timetable, one check from start to events, back-off, clock jumps and resume."""
