#!/bin/busybox sh
# First process of the guest. /lab/modules names the kernel modules in the order of their needs;
# /lab/plan has a line per NIC: model, PCI address, command. What the test reads goes to the second
# serial port as one JSON object per line, what people read to the first.
/bin/busybox mkdir -p /bin /sbin /usr/bin /usr/sbin /proc /sys /dev /tmp /run /var
/bin/busybox --install -s
/bin/busybox ln -s /run /var/run
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/shm /dev/hugepages
mount -t tmpfs tmpfs /dev/shm
mount -t hugetlbfs hugetlbfs /dev/hugepages
exec </dev/null >/dev/ttyS0 2>&1
stty -F /dev/ttyS1 raw
ip link set lo up

tell() { echo "$1" >/dev/ttyS1; }

while read -r module; do
  insmod "/lab/$module" || echo "lab: cannot load $module"
done </lab/modules
# The emulated IOMMU remaps no interrupts, and vfio asks for that.
echo 1 >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts

while read -r model pci command; do
  device=/sys/bus/pci/devices/$pci
  echo vfio-pci >"$device/driver_override"
  echo "$pci" >/sys/bus/pci/drivers_probe
  driver=$(basename "$(readlink "$device/driver")")
  group=$(basename "$(readlink "$device/iommu_group")")
  id=$(sed s/0x// "$device/vendor"):$(sed s/0x// "$device/device")
  [ -c "/dev/vfio/$group" ] || group=none
  tell "{\"bound\":\"$model\",\"id\":\"$id\",\"driver\":\"$driver\",\"group\":\"$group\"}"
  echo "lab: $model: $command"
  timeout -s KILL 60 sh -c "exec $command" >/dev/ttyS1
  tell "{\"ended\":\"$model\",\"code\":$?}"
done </lab/plan
poweroff -f
