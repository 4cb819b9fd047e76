/*
 * Stands between the app and the C library (LD_PRELOAD) and makes the disk misbehave, for one database file, its
 * -wal, its -journal and the log-mark beside it alone:
 *   - writes down every write, truncation and completed sync of them, and every sync of their folder;
 *   - lets the disk be full after so many bytes;
 *   - fails the k-th read, write or sync with EIO.
 *
 * TICKLINE_SHIM_FILE     absolute path of the database
 * TICKLINE_SHIM_CONTROL  a file of 16 64-bit words, shared with whoever steers; see the enum below
 * TICKLINE_SHIM_JOURNAL  where to write down; optional
 *
 * A record of the journal: kind, file, offset, length as four 64-bit numbers, then the bytes of a write.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MODE, BUDGET, KINDS, COUNTDOWN, FAILURES, INJECTED, READS, WRITES, SYNCS, OPENS, FILES, WORDS = 16 };
enum { MODE_NONE, MODE_FULL_GROWTH, MODE_FULL_BYTES, MODE_EIO };
enum { KIND_READ = 1, KIND_WRITE = 2, KIND_SYNC = 4 };
enum { FILE_NONE, FILE_DATABASE, FILE_LOG, FILE_FOLDER, FILE_JOURNAL, FILE_MARK };
enum { RECORD_WRITE = 1, RECORD_SYNC, RECORD_SYNC_FAILED, RECORD_TRUNCATE, RECORD_CREATE, RECORD_REMOVE };

#define MOST_FDS 65536
static unsigned char files[MOST_FDS];
static char database[PATH_MAX], wal[PATH_MAX], rollback[PATH_MAX], mark[PATH_MAX], folder[PATH_MAX];
static volatile int64_t nothing[WORDS];
static volatile int64_t *control = nothing;
static int journal = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_pread)(int, void *, size_t, off64_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off64_t);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
  real_open = dlsym(RTLD_NEXT, "open64");
  real_close = dlsym(RTLD_NEXT, "close");
  real_pread = dlsym(RTLD_NEXT, "pread64");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  const char *file = getenv("TICKLINE_SHIM_FILE"), *steer = getenv("TICKLINE_SHIM_CONTROL"), *record = getenv("TICKLINE_SHIM_JOURNAL");
  if (file == NULL || strlen(file) + 9 > PATH_MAX) return;
  strcpy(database, file);
  strcpy(wal, file);
  strcat(wal, "-wal");
  strcpy(rollback, file);
  strcat(rollback, "-journal");
  strcpy(folder, file);
  dirname(folder);
  strcpy(mark, folder);
  strcat(mark, "/log-mark");
  if (steer != NULL) {
    int fd = real_open(steer, O_RDWR);
    if (fd >= 0) {
      void *at = mmap(NULL, WORDS * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      if (at != MAP_FAILED) control = at;
      real_close(fd);
    }
  }
  if (record != NULL) journal = real_open(record, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int file_named(const char *path) {
  if (database[0] == 0 || path == NULL) return FILE_NONE;
  if (strcmp(path, database) == 0) return FILE_DATABASE;
  if (strcmp(path, wal) == 0) return FILE_LOG;
  if (strcmp(path, rollback) == 0) return FILE_JOURNAL;
  if (strcmp(path, mark) == 0) return FILE_MARK;
  return strcmp(path, folder) == 0 ? FILE_FOLDER : FILE_NONE;
}

static int is_data(int file) { return file != FILE_NONE && file != FILE_FOLDER; }

static int file_of(int fd) { return fd >= 0 && fd < MOST_FDS ? files[fd] : FILE_NONE; }

static void note(int64_t kind, int file, int64_t offset, const void *bytes, int64_t length) {
  if (journal < 0) return;
  int64_t head[4] = {kind, file, offset, length};
  struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, bytes == NULL ? 0 : (size_t)length}};
  if (writev(journal, parts, 2) < 0) abort();
}

/* Whether this call is the one to fail. With the word FILES only one of the files counts (0: all). */
static int fails(int kind, int file) {
  if (control[MODE] != MODE_EIO || !(control[KINDS] & kind) || control[FAILURES] <= 0) return 0;
  if (control[FILES] != 0 && control[FILES] != file) return 0;
  if (control[COUNTDOWN] > 1) {
    control[COUNTDOWN]--;
    return 0;
  }
  control[FAILURES]--;
  control[INJECTED]++;
  return 1;
}

static int open_any(const char *path, int flags, mode_t mode) {
  int file = file_named(path);
  if (file == FILE_NONE) {
    int other = real_open(path, flags, mode);
    /* Node closes its own files by a system call that passes us by, so a number may come again */
    if (other >= 0 && other < MOST_FDS) files[other] = FILE_NONE;
    return other;
  }
  pthread_mutex_lock(&lock);
  struct stat64 before;
  int fresh = is_data(file) && (flags & O_CREAT) && stat64(path, &before) != 0;
  int fd = real_open(path, flags, mode);
  if (fd >= 0 && fd < MOST_FDS) {
    files[fd] = file;
    /* the database's own descriptor may be taken over from a connection before; that of the log is always new */
    if (file == FILE_LOG) control[OPENS]++;
    if (fresh) note(RECORD_CREATE, file, 0, NULL, 0);
  }
  int failure = errno;
  pthread_mutex_unlock(&lock);
  errno = failure;
  return fd;
}

#define WITH_MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list more; \
    va_start(more, flags); \
    mode = va_arg(more, mode_t); \
    va_end(more); \
  }

int open64(const char *path, int flags, ...) {
  WITH_MODE(flags)
  return open_any(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  WITH_MODE(flags)
  return open_any(path, flags, mode);
}

int close(int fd) {
  if (file_of(fd) != FILE_NONE) files[fd] = FILE_NONE;
  return real_close(fd);
}

ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset) {
  int file = file_of(fd);
  if (is_data(file)) {
    control[READS]++;
    if (fails(KIND_READ, file)) {
      errno = EIO;
      return -1;
    }
  }
  return real_pread(fd, bytes, count, offset);
}

/* How many of these bytes the disk still has room for. */
static size_t room_for(int fd, size_t count, off64_t offset) {
  int64_t mode = control[MODE];
  if (mode != MODE_FULL_GROWTH && mode != MODE_FULL_BYTES) return count;
  int64_t needed = (int64_t)count;
  if (mode == MODE_FULL_GROWTH) {
    struct stat64 now;
    int64_t end = offset + (int64_t)count;
    if (fstat64(fd, &now) == 0) needed = end > now.st_size ? end - (now.st_size > offset ? now.st_size : offset) : 0;
  }
  if (needed <= control[BUDGET]) {
    control[BUDGET] -= needed;
    return count;
  }
  size_t taken = count - (size_t)(needed - control[BUDGET]);
  control[BUDGET] = 0;
  return taken;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  int file = file_of(fd);
  if (!is_data(file)) return real_pwrite(fd, bytes, count, offset);
  pthread_mutex_lock(&lock);
  control[WRITES]++;
  ssize_t done = -1;
  int failure = 0;
  size_t taken = room_for(fd, count, offset);
  if (taken == 0 && count > 0) {
    control[INJECTED]++;
    failure = ENOSPC;
  } else if (fails(KIND_WRITE, file)) {
    failure = EIO;
  } else {
    /* Written down before it is done: a process that is killed in between leaves a write too many, never one too few. */
    note(RECORD_WRITE, file, offset, bytes, (int64_t)taken);
    done = real_pwrite(fd, bytes, taken, offset);
    failure = errno;
  }
  pthread_mutex_unlock(&lock);
  if (done < 0) errno = failure;
  return done;
}

static int sync_any(int fd, int (*real)(int)) {
  int file = file_of(fd);
  if (file == FILE_NONE) return real(fd);
  pthread_mutex_lock(&lock);
  int result = -1, failure = EIO;
  if (is_data(file)) control[SYNCS]++;
  if (is_data(file) && fails(KIND_SYNC, file)) {
    note(RECORD_SYNC_FAILED, file, 0, NULL, 0);
  } else {
    result = real(fd);
    failure = errno;
    if (result == 0) note(RECORD_SYNC, file, 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  if (result != 0) errno = failure;
  return result;
}

int fsync(int fd) { return sync_any(fd, real_fsync); }
int fdatasync(int fd) { return sync_any(fd, real_fdatasync); }

int ftruncate64(int fd, off64_t length) {
  int file = file_of(fd);
  if (is_data(file)) note(RECORD_TRUNCATE, file, length, NULL, 0);
  return real_ftruncate(fd, length);
}

int unlink(const char *path) {
  int result = real_unlink(path);
  if (result == 0 && is_data(file_named(path))) note(RECORD_REMOVE, file_named(path), 0, NULL, 0);
  return result;
}
