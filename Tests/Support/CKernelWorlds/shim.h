// What <sched.h> shows to GNU programs only: a thread's way into another namespace.
int unshare(int flags);
int setns(int descriptor, int type);

enum { new_network_namespace = 0x40000000 };
