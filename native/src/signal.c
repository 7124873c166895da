/* The kill word is set by a C handler, not a JS event: a strategy that never returns, or a busy
 * loop that never yields, would never see the event. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "internal.h"

static void on_signal(int signo) {
  _Atomic uint32_t *word = atomic_load(&hp_lib.signal[signo].word);
  if (word != NULL) atomic_fetch_or(word, atomic_load(&hp_lib.signal[signo].bits));
}

int32_t hp_signal_or(int32_t signo, double address, int32_t bits) {
  if (signo < 1 || signo >= HP_SIGNAL_MAX || !(address > 0)) return HP_EINVAL;
  hp_signal_slot *slot = &hp_lib.signal[signo];
  atomic_store(&slot->bits, (uint32_t)bits);
  atomic_store(&slot->word, (_Atomic uint32_t *)hp_pointer(address));
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(signo, &action, NULL) == 0) return HP_OK;
  atomic_store(&slot->word, NULL);
  return hp_fail(HP_EINVAL); /* SIGKILL, SIGSTOP, or none of this kernel's */
}

int32_t hp_signal_restore(int32_t signo) {
  if (signo < 1 || signo >= HP_SIGNAL_MAX) return HP_EINVAL;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigemptyset(&action.sa_mask);
  if (sigaction(signo, &action, NULL) != 0) return hp_fail(HP_EINVAL);
  atomic_store(&hp_lib.signal[signo].word, NULL);
  return HP_OK;
}

int32_t hp_atomic_or(double address, int32_t bits) {
  if (!(address > 0)) return HP_EINVAL;
  return (int32_t)atomic_fetch_or((_Atomic uint32_t *)hp_pointer(address), (uint32_t)bits);
}
