// Calls of Linux that the C library shows only to those who ask for them before its first header.
#include <stdint.h>
#include <sys/epoll.h>

extern int setns(int fd, int kind);

/// Moves the calling thread into a network namespace.
static inline int enter_network_namespace(int fd) {
    return setns(fd, 0x40000000);
}

/// Watches a descriptor: `events` as epoll has them.
static inline int watch_descriptor(int poll, int operation, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data = {.fd = fd}};
    return epoll_ctl(poll, operation, fd, &event);
}

/// Waits; descriptors and what happened to them are put into two arrays of `count`.
static inline int await_descriptors(int poll, int *descriptors, uint32_t *events, int count, int milliseconds) {
    struct epoll_event happened[256];
    int found = epoll_wait(poll, happened, count < 256 ? count : 256, milliseconds);
    for (int i = 0; i < found; i++) {
        descriptors[i] = happened[i].data.fd;
        events[i] = happened[i].events;
    }
    return found;
}
