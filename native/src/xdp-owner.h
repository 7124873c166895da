/* Whose XDP program is on an interface. */
#ifndef HAIRPIN_XDP_OWNER_H
#define HAIRPIN_XDP_OWNER_H

#include "internal.h"

/* 1 when there is one: info->why says whose, and how to get rid of it. */
int hp_xdp_owner(int32_t index, const char *interface, hp_port_info *info);

#endif
