int console_x;
