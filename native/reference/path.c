/* The whole path: one packet after the other, run to completion. */
#include "path.h"

#include <time.h>

#define CALIBRATION_NS 20000000
/* Times that the venue answers behind one packet. */
#define ROUNDS_MAX 256

static double monotonic_ns(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
  return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* ns per tick of the TSC, over 20 ms. */
static double calibrate(void) {
  double from = monotonic_ns(), to = from;
  uint64_t start = __rdtsc();
  while (to - from < CALIBRATION_NS) to = monotonic_ns();
  return (to - from) / (double)(__rdtsc() - start);
}

static void fill_instrument(instrument *in, const ref_instrument *own) {
  *in = (instrument){.own = *own, .first_peer = {NONE, NONE}, .lot = (int32_t)own->lot};
  for (int k = 0; k < REF_TICKS; k++) {
    in->tick_from[k] = (int32_t)own->tick_from[k];
    in->tick_size[k] = (int32_t)own->tick_size[k];
  }
}

void ref_path_close(void *handle) {
  path *p = handle;
  if (p == NULL) return;
  book_close(p->book);
  mold_close(&p->mold);
  fix_free(p->fix);
  journal_close(&p->journal);
  free(p->instrument);
  free(p->maker.order);
  free(p->maker.filled);
  free(p->order);
  free(p->live);
  free(p->venue);
  free(p->pipe);
  free(p);
}

void *ref_path_open(const ref_path_config *config, const ref_fix_config *fix,
                    const ref_instrument *instruments, const uint8_t *texts,
                    const uint32_t *segments, double now_ns) {
  int32_t n = (int32_t)config->instruments;
  if (n < 1 || config->max_orders < 1 || config->max_levels < 1 || config->window_packets < 1)
    return NULL;
  path *p = aligned_alloc(64, (sizeof *p + 63) & ~(size_t)63);
  if (p == NULL) return NULL;
  memset(p, 0, sizeof *p);
  p->config = *config;
  p->instruments = n;
  p->now_ns = now_ns;
  p->ns_per_tick = calibrate();
  p->start_ns = now_ns;
  p->start_tsc = __rdtsc();
  p->is_live = config->is_live != 0;
  p->next_out = (int32_t)config->next_out;
  p->instrument = calloc((size_t)n, sizeof *p->instrument);
  p->book = book_open((uint32_t)n, (uint32_t)config->max_orders, (uint32_t)config->max_levels);
  p->fix = ref_fix_open(fix, instruments, texts, segments);
  p->pipe = calloc(1, sizeof *p->pipe);
  int ok = p->instrument && p->book && p->fix && p->pipe;
  ok = ok && mold_open(&p->mold, (int32_t)config->window_packets);
  ok = ok && journal_open(&p->journal, (uint32_t)config->journal_bytes, (uint32_t)config->epoch);
  ok = ok && slots_open(p, (int32_t)config->order_slots, (uint32_t)config->epoch);
  for (int32_t i = 0; ok && i < n; i++) {
    const ref_instrument *own = &instruments[i];
    fill_instrument(&p->instrument[i], own);
    uint64_t symbol = (uint64_t)own->symbol_hi << 32 | (uint64_t)own->symbol_lo;
    ok = book_add(p->book, symbol, (int32_t)own->feed_divisor, (int32_t)own->feed_factor) == i;
  }
  if (ok) p->book->extended_hours = config->extended_hours != 0;
  if (!ok || !maker_open(p)) {
    ref_path_close(p);
    return NULL;
  }
  bucket_open(&p->orders_bucket, config->orders_per_s, config->orders_burst);
  bucket_open(&p->cancels_bucket, config->cancels_per_s, config->cancels_burst);
  return p;
}

/* Feed first: the clock behind the burst, the packet, then one send. */
static int32_t take_packet(path *p, uint32_t length, double time_ns) {
  p->burst_tsc = __rdtsc();
  double now_ns = time_ns;
  if (p->is_live)
    now_ns = p->start_ns + (double)(int64_t)(p->burst_tsc - p->start_tsc) * p->ns_per_tick;
  p->now_ns = now_ns;
  int32_t status = mold_packet(p, p->arena, length, now_ns);
  sender_release(p);
  p->burst_tsc = 0;
  return status;
}

/* The venue's answers, then timers. */
static int32_t serve(path *p) {
  double now_ns = path_now(p);
  p->now_ns = now_ns;
  for (int32_t k = 0; k < p->answer_count; k++) answers_apply(p, &p->answers[k]);
  p->answer_count = 0;
  sender_release(p); /* a session sends at the end of its poll */
  int32_t status = mold_poll(p, now_ns);
  maker_poll(p, now_ns);
  sender_release(p);
  return status;
}

double ref_path_run(void *handle, const uint8_t *bytes, const double *packets, int32_t count,
                    uint8_t *out, double capacity) {
  path *p = handle;
  if (p == NULL || count < 0 || !(capacity >= 0)) return REF_EINVAL;
  p->out = out;
  p->out_bytes = 0;
  p->out_capacity = (uint64_t)capacity;
  for (int32_t k = 0; k < count; k++, packets += 4) {
    uint32_t length = (uint32_t)packets[1];
    if (length > PACKET_BYTES) return REF_EPACKET;
    memcpy(p->arena, bytes + (uint64_t)packets[0], length);
    int32_t status = take_packet(p, length, packets[3]);
    int32_t answered = 1;
    for (int32_t rounds = 0; answered > 0 && status == 0; rounds++) {
      answered = venue_serve(p);
      status = serve(p);
      if (status == 0) status = rounds < ROUNDS_MAX ? p->fault : REF_ELOOP;
    }
    if (status != 0) return status;
  }
  p->figures.sent_bytes += (double)p->out_bytes;
  return (double)p->out_bytes;
}

int32_t ref_struct_bytes(int32_t which) {
  static const int32_t bytes[] = {sizeof(ref_instrument), sizeof(ref_fix_config),
                                  sizeof(ref_path_config), sizeof(ref_path_figures)};
  return which >= 0 && which < 4 ? bytes[which] : REF_EINVAL;
}

uint32_t *ref_path_latency(void *handle) { return ((path *)handle)->latency; }

uint8_t *ref_path_journal(void *handle) { return (uint8_t *)((path *)handle)->journal.header; }

void ref_path_figures_read(void *handle, ref_path_figures *out) {
  path *p = handle;
  ref_path_figures *f = &p->figures;
  f->now_ns = p->now_ns;
  f->next_seq = (double)p->mold.next_seq;
  f->live_orders = p->live_count;
  f->position_abs = 0;
  for (int32_t i = 0; i < p->instruments; i++) f->position_abs += abs_of(p->instrument[i].qty);
  f->pnl_steps = p->realized_total + p->unrealized_total - p->fee_total;
  f->exposure_cents = p->exposure_cents;
  f->killed = p->killed;
  f->journal_head = p->journal.head;
  *out = *f;
}
