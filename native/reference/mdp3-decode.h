/* The MDP 3.0 decoder, once per sink. Before the include:
 *
 *   #define MDP3_SINK struct
 *   #define MDP3_FN(name) the sink's functions, and the name of the decoder: MDP3_FN(decode)
 *
 * Offsets are those of version 9 (and of the older templates, which have the same ones) and are
 * typed here, where the TypeScript has them from a schema; blocks are stepped over by the lengths on
 * the wire, and a block that is shorter than what is read of it is refused. */

#define M_HEADER 10u
#define M_DIMENSION 3u
#define M_WIDE 8u

/* One group: its first entry, block length and count; next = behind it. 0 when it does not fit. */
static inline int MDP3_FN(group)(const uint8_t *from, const uint8_t *stop, uint32_t dimension,
                                 mdp3_group *g) {
  if ((size_t)(stop - from) < dimension) return 0;
  g->block = le16(from);
  g->count = from[dimension == M_WIDE ? 7 : 2];
  g->first = from + dimension;
  size_t bytes = (size_t)g->block * g->count;
  if ((size_t)(stop - g->first) < bytes) return 0;
  g->next = g->first + bytes;
  return 1;
}

static inline void MDP3_FN(levels)(MDP3_SINK *s, const mdp3_group *g, int exponent) {
  const uint8_t *e = g->first;
  for (uint32_t k = g->count; k > 0; k--, e += g->block) {
    int32_t i = MDP3_FN(find)(s, (int32_t)le32(e + 12));
    s->entries++;
    if (i < 0) continue;
    MDP3_FN(level)(s, i, le32(e + 16), e[25], e[26], e[24], le64(e), exponent,
                   (int32_t)le32(e + 8), (int32_t)le32(e + 20));
  }
}

static void MDP3_FN(trades)(MDP3_SINK *s, const mdp3_group *g, int exponent) {
  const uint8_t *e = g->first;
  for (uint32_t k = g->count; k > 0; k--, e += g->block) {
    int32_t i = MDP3_FN(find)(s, (int32_t)le32(e + 12));
    s->entries++;
    if (i < 0) continue;
    MDP3_FN(trade)(s, i, le32(e + 16), e[25], le64(e), exponent, (int32_t)le32(e + 8), e[24]);
  }
}

static void MDP3_FN(volumes)(MDP3_SINK *s, const mdp3_group *g) {
  const uint8_t *e = g->first;
  for (uint32_t k = g->count; k > 0; k--, e += g->block) {
    int32_t i = MDP3_FN(find)(s, (int32_t)le32(e + 4));
    s->entries++;
    if (i >= 0) MDP3_FN(volume)(s, i, le32(e + 8), e[12], (int32_t)le32(e));
  }
}

static void MDP3_FN(daily)(MDP3_SINK *s, const mdp3_group *g, int exponent) {
  const uint8_t *e = g->first;
  for (uint32_t k = g->count; k > 0; k--, e += g->block) {
    int32_t i = MDP3_FN(find)(s, (int32_t)le32(e + 12));
    s->entries++;
    if (i < 0) continue;
    MDP3_FN(statistic)(s, i, le32(e + 16), e[23], e[24], le64(e), exponent, (int32_t)le32(e + 8));
  }
}

static void MDP3_FN(session)(MDP3_SINK *s, const mdp3_group *g, int exponent) {
  const uint8_t *e = g->first;
  for (uint32_t k = g->count; k > 0; k--, e += g->block) {
    int32_t i = MDP3_FN(find)(s, (int32_t)le32(e + 8));
    s->entries++;
    if (i < 0) continue;
    /* The quantity came with version 8. */
    int32_t qty = g->block >= 23 ? (int32_t)le32(e + 19) : MDP3_QTY_NULL;
    MDP3_FN(statistic)(s, i, le32(e + 12), e[17], e[18], le64(e), exponent, qty);
  }
}

static void MDP3_FN(bounds)(MDP3_SINK *s, const mdp3_group *g, int exponent) {
  const uint8_t *e = g->first;
  for (uint32_t k = g->count; k > 0; k--, e += g->block) {
    int32_t i = MDP3_FN(find)(s, (int32_t)le32(e + 24));
    s->entries++;
    if (i >= 0) MDP3_FN(limits)(s, i, le32(e + 28), le64(e), le64(e + 8), exponent);
  }
}

/* One message of an incremental line, from MsgSize on. */
static inline void MDP3_FN(decode)(MDP3_SINK *s, const uint8_t *m, uint32_t size) {
  const uint8_t *stop = m + size;
  if (UNLIKELY(size < M_HEADER)) {
    MDP3_FN(refuse)(s);
    return;
  }
  uint32_t root_length = le16(m + 2);
  uint32_t template = le16(m + 4);
  int exponent = template < 45 ? MDP3_SEVEN : MDP3_NINE;
  const uint8_t *root = m + M_HEADER;
  if (template == 12) {
    s->mid_event = 0;
    return;
  }
  uint32_t need = 0, block = 0;
  switch (template) {
    case 4: need = 9; break;
    case 30: need = 28; break;
    case 32: case 46: need = 9; block = 27; break;
    case 42: case 48: need = 9; block = 26; break;
    case 37: need = 9; block = 13; break;
    case 33: case 49: need = 9; block = 25; break;
    case 35: case 51: need = 9; block = 19; break;
    case 34: case 50: need = 9; block = 32; break;
    default: return; /* nothing that books are made of */
  }
  mdp3_group g = {0}, orders = {0};
  if (UNLIKELY(size - M_HEADER < root_length || root_length < need)) {
    MDP3_FN(refuse)(s);
    return;
  }
  if (block != 0) {
    int fits = MDP3_FN(group)(root + root_length, stop, M_DIMENSION, &g);
    if (fits && block == 27 && g.next < stop) fits = MDP3_FN(group)(g.next, stop, M_WIDE, &orders);
    if (UNLIKELY(!fits || (g.count > 0 && g.block < block))) {
      MDP3_FN(refuse)(s);
      return;
    }
  }
  switch (template) {
    case 32: case 46: MDP3_FN(levels)(s, &g, exponent); break;
    case 42: case 48: MDP3_FN(trades)(s, &g, exponent); break;
    case 37: MDP3_FN(volumes)(s, &g); break;
    case 33: case 49: MDP3_FN(daily)(s, &g, exponent); break;
    case 35: case 51: MDP3_FN(session)(s, &g, exponent); break;
    case 34: case 50: MDP3_FN(bounds)(s, &g, exponent); break;
    case 4: MDP3_FN(reset)(s); break;
    default: { /* 30 */
      int32_t id = (int32_t)le32(root + 20);
      MDP3_FN(status)(s, id == MDP3_QTY_NULL ? -1 : MDP3_FN(find)(s, id), root[27]);
      if ((root[26] & 0x80) != 0) s->mid_event = 0;
      return;
    }
  }
  s->mid_event = (root[8] & 0x80) == 0;
}

/* A file of packets, each behind its u16 length, little endian; the sink hears of the beginning and
 * the end of each. Entries, or REF_ECUT, REF_EPACKET. */
static int32_t MDP3_FN(run)(MDP3_SINK *s, const uint8_t *bytes, double length) {
  if (!(length >= 0)) return REF_EINVAL;
  const uint8_t *end = bytes + (uint64_t)length;
  s->entries = 0;
  for (const uint8_t *at = bytes; at < end;) {
    if (end - at < 2 || end - at < 2 + le16(at)) return REF_ECUT;
    const uint8_t *packet = at + 2;
    const uint8_t *stop = packet + le16(at);
    at = stop;
    if (stop - packet < 12) return REF_EPACKET;
    const uint8_t *m = packet + 12;
    while (stop - m >= (ptrdiff_t)M_HEADER && le16(m) >= M_HEADER) m += le16(m);
    if (m != stop) return REF_EPACKET;
    MDP3_FN(packet)(s, le32(packet));
    for (m = packet + 12; m < stop; m += le16(m)) MDP3_FN(decode)(s, m, le16(m));
    if (!s->mid_event) MDP3_FN(flush)(s);
  }
  return s->entries;
}
