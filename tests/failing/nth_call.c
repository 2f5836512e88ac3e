/* Makes the n-th system call over files of one folder fail, with EIO.
   Loaded by LD_PRELOAD; fail_at(n, folder) starts to count, calls_seen() tells how many there were. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[4096];
static char ours[4096];
static int seen, wanted = -1;

void fail_at(int n, const char *where) {
    strncpy(folder, where, sizeof folder - 1);
    memset(ours, 0, sizeof ours);
    seen = 0;
    wanted = n;
}

int calls_seen(void) { return seen; }

static int inside(const char *path) { return folder[0] && path && strstr(path, folder) != 0; }
static int tracked(int fd) { return fd >= 0 && fd < (int)sizeof ours && ours[fd]; }

static int fails(void) {
    if (++seen != wanted) return 0;
    errno = EIO;
    return 1;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__) = 0; \
    if (!real) real = dlsym(RTLD_NEXT, #name)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, name, const char *, int, ...); \
        va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
        if (inside(path) && fails()) return -1; \
        int fd = real(path, flags, mode); \
        if (fd >= 0 && fd < (int)sizeof ours) ours[fd] = inside(path); \
        return fd; \
    }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    return tracked(fd) && fails() ? -1 : real(fd, data, size);
}

int fsync(int fd) {
    REAL(int, fsync, int);
    return tracked(fd) && fails() ? -1 : real(fd);
}

int close(int fd) {
    REAL(int, close, int);
    int failing = tracked(fd) && fails();
    if (fd >= 0 && fd < (int)sizeof ours) ours[fd] = 0;
    int done = real(fd);
    if (failing) errno = EIO;
    return failing ? -1 : done;
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    return (inside(from) || inside(to)) && fails() ? -1 : real(from, to);
}

int chmod(const char *path, mode_t mode) {
    REAL(int, chmod, const char *, mode_t);
    return inside(path) && fails() ? -1 : real(path, mode);
}

int fchmodat(int at, const char *path, mode_t mode, int flags) {
    REAL(int, fchmodat, int, const char *, mode_t, int);
    return inside(path) && fails() ? -1 : real(at, path, mode, flags);
}
