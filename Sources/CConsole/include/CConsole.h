extern int console_x;
