/* The XDP program that takes our packets off an interface and leaves all else to the kernel. */
#ifndef HAIRPIN_XDP_PROGRAM_H
#define HAIRPIN_XDP_PROGRAM_H

#include "netdev.h"

/* Attaches a program for the lines, or adds them, and the queue, to that of this process on this
 * interface. NULL with *status and info->why. */
hp_xdp_program *hp_xdp_program_get(const hp_netdev *dev, const hp_lines *lines, const hp_port_config *config,
                                   hp_port_info *info, int32_t *status);
/* Has the packets of a queue go to a socket; 0, or -1 with errno. */
int hp_xdp_program_serve(const hp_xdp_program *program, uint32_t queue, int socket);
/* Takes the lines and the queue back; the last user detaches the program. */
void hp_xdp_program_put(hp_xdp_program *program, const hp_lines *lines, uint32_t queue);

#endif
