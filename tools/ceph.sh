# A Ceph cluster of one monitor, one OSD that keeps everything in memory, and a RADOS gateway, in the process group of
# whoever runs this: ceph.sh <directory> <port of the monitor> <port of the gateway> <access key> <secret>
set -e
state=$1 monitor=$2 gateway=$3
fsid=6f6e6520-6d6f-6e69-746f-720000000001
osd=6f6e6520-6f73-6400-0000-000000000002
# Of a cluster that is gone with its test, and that only this machine reaches.
key=AQAsxgprMaYiORAAm7VdSPDAu9VpnhX5aLIXEA==

cat > "$state/keyring" <<KEYS
[mon.]
key = $key
caps mon = "allow *"
[osd.0]
key = $key
caps mon = "allow profile osd"
caps osd = "allow *"
[client.admin]
key = $key
caps mon = "allow *"
caps osd = "allow *"
KEYS

# Without the waits of a cluster that has more than one of each, and whatever is left of the disk.
cat > "$state/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$monitor/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr1 = false
keyring = $state/keyring
mon data = $state/mon
osd data = $state/osd
run dir = $state
admin socket =
log file =
paxos propose interval = 0.02
paxos min wait = 0.01
mon data avail crit = 0
mon allow pool size one = true
osd objectstore = memstore
memstore device bytes = 4294967296
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
CONF
export CEPH_CONF="$state/ceph.conf"

mkdir "$state/mon" "$state/osd"
monmaptool --create --addv a "[v2:127.0.0.1:$monitor]" --fsid $fsid "$state/monmap"
ceph-mon -i a --mkfs --monmap "$state/monmap" --keyring "$state/keyring"
ceph-mon -i a -f &
ceph osd new $osd
ceph-osd -i 0 --mkfs --osd-uuid $osd
ceph-osd -i 0 -f &
radosgw-admin user create --uid tests --display-name tests --access-key "$4" --secret "$5"
radosgw -n client.admin -f --rgw-frontends "beast endpoint=127.0.0.1:$gateway" &
until (: < "/dev/tcp/127.0.0.1/$gateway") 2> /dev/null; do sleep 0.1; done
echo "The gateway is ready."
wait
