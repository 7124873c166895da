#include "check.h"

static void loopback_is_told_about(void) {
  hp_nic nic;
  memset(&nic, 0xff, sizeof nic);
  EQ(hp_nic_query("lo", &nic), HP_OK);
  CHECK((nic.told & HP_NIC_TOLD_STAMPS) != 0);
  CHECK((nic.stamping & 16) != 0); /* SOF_TIMESTAMPING_SOFTWARE */
  EQ(nic.clock, -1);
  EQ(nic.driver[sizeof nic.driver - 1], 0);
  CHECK((nic.told & HP_NIC_TOLD_PROGRAM) == 0 || nic.xdp_attached <= 4);
}

static void a_name_that_is_none_is_refused(void) {
  hp_nic nic;
  EQ(hp_nic_query("no-such-nic", &nic), HP_ENOENT);
  EQ(hp_nic_query("a-name-of-sixteen", &nic), HP_EINVAL);
  EQ(hp_nic_query("", &nic), HP_EINVAL);
  EQ(hp_nic_query(NULL, &nic), HP_EINVAL);
  EQ(hp_nic_query("lo", NULL), HP_EINVAL);
}

int main(void) {
  RUN(loopback_is_told_about);
  RUN(a_name_that_is_none_is_refused);
  FINISH();
}
