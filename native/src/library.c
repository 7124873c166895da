#include <errno.h>

#include "internal.h"

hp_library hp_lib;

/* Per thread, since two engine threads of one process may fail at the same time. */
static _Thread_local int32_t last_errno;

int32_t hp_fail(int32_t status) {
  last_errno = errno;
  return status;
}

int32_t hp_fail_errno(void) {
  switch (errno) {
    case EAGAIN:
    case EINTR:
      return hp_fail(HP_EAGAIN);
    case EPERM:
    case EACCES:
      return hp_fail(HP_EPERM);
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case EADDRNOTAVAIL:
      return hp_fail(HP_ENOENT);
    case EEXIST:
    case EADDRINUSE:
      return hp_fail(HP_EEXIST);
    case ENOSPC:
    case ENOMEM:
    case ENOBUFS:
    case EMFILE:
    case ENFILE:
    case EFBIG:
    case EDQUOT:
      return hp_fail(HP_ENOSPC);
    case ECONNRESET:
      return hp_fail(HP_ERESET);
    case EPIPE:
    case ENOTCONN:
      return hp_fail(HP_ECLOSED);
    case ECONNREFUSED:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ETIMEDOUT:
      return hp_fail(HP_EREFUSED);
    default:
      return hp_fail(HP_ESYS);
  }
}

int32_t hp_abi_version(void) { return HP_ABI_VERSION; }

int32_t hp_last_errno(void) { return last_errno; }
