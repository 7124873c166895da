/* The loops around a backend's functions, in C: what an appliance in C would do at the same places,
 * with the same backend. The difference to TypeScript is the call through FFI and the language. */
#include <dlfcn.h>
#include <stddef.h>

#include "hairpin.h"
#include "reference.h"

typedef int32_t (*burst_function)(int32_t);
typedef int32_t (*tx_function)(int32_t, int32_t, int32_t, int32_t);
typedef int32_t (*ring_tx_function)(int32_t, double, int32_t, int32_t, double);

static void *function_at(double address) { return (void *)(uintptr_t)address; }

double ref_symbol(const uint8_t *library, const uint8_t *name) {
  void *handle = dlopen((const char *)library, RTLD_NOW | RTLD_LOCAL);
  return handle == NULL ? 0 : (double)(uintptr_t)dlsym(handle, (const char *)name);
}

int32_t ref_port_idle(double rx_burst, int32_t port, int32_t count) {
  burst_function burst = (burst_function)function_at(rx_burst);
  int32_t packets = 0;
  for (int32_t i = 0; i < count; i++) packets += burst(port);
  return packets;
}

/* Polls until something comes, reads the first length, gives it back. */
static int32_t take(burst_function burst, burst_function release, int32_t port, const uint32_t *desc) {
  int32_t got;
  do got = burst(port);
  while (got == 0);
  if (got < 0) return got;
  const uint32_t length = desc[1];
  release(port);
  return (int32_t)length;
}

int32_t ref_port_through(double tx, int32_t from, int32_t length, double rx_burst, double rx_release,
                         int32_t to, double desc, int32_t count) {
  tx_function send = (tx_function)function_at(tx);
  burst_function burst = (burst_function)function_at(rx_burst);
  burst_function release = (burst_function)function_at(rx_release);
  for (int32_t i = 0; i < count; i++) {
    int32_t status;
    do status = send(from, HP_TX_RAW, 0, length);
    while (status == HP_EAGAIN);
    if (status < 0) return status;
    status = take(burst, release, to, function_at(desc));
    if (status < 0) return status;
  }
  return count;
}

int32_t ref_ring_through(double ring_tx, double payload, int32_t length, double rx_burst,
                         double rx_release, int32_t from, int32_t to, double desc, int32_t count) {
  ring_tx_function send = (ring_tx_function)function_at(ring_tx);
  burst_function burst = (burst_function)function_at(rx_burst);
  burst_function release = (burst_function)function_at(rx_release);
  for (int32_t i = 0; i < count; i++) {
    int32_t status = send(from, payload, length, 0, 0);
    if (status < 0) return status;
    status = take(burst, release, to, function_at(desc));
    if (status < 0) return status;
  }
  return count;
}
