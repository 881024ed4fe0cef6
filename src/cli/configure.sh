# Configures Debian packages, in a root directory that is their prefix. dpkg's database says which ones there are, and that
# they are unpacked. Nothing that a script starts stays, and nothing has a network.
exec >&2
export PATH=/run/instead:/usr/sbin:/usr/bin LC_ALL=C.UTF-8 HOME=/root TERM=dumb SOURCE_DATE_EPOCH=1000000000
export DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical DEBCONF_NONINTERACTIVE_SEEN=true DEBCONF_NOWARNINGS=yes
umask 022
mkdir /run/instead /run/lock

# These compile modules of Python, which Python does when it first uses one, and list manual pages.
for name in py3compile py3clean pycompile pyclean mandb; do
  printf '#!/bin/sh\n' >"/run/instead/$name"
  chmod 755 "/run/instead/$name"
done
# Asked before a service starts (invoke-rc.d(8)): none does.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
[ -e /etc/hosts ] || echo '127.0.0.1 localhost' >/etc/hosts

configure() {
  dpkg --force-all --abort-after=1000000 --configure "$@"
}

# What all scripts rely on comes first, then what packages do before they are unpacked.
configure base-passwd base-files
# shellcheck disable=SC2046 # names of packages
configure $(cat /var/lib/dpkg/first)
export DPKG_MAINTSCRIPT_NAME=preinst DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT='' DPKG_MAINTSCRIPT_DEBUG=0
DPKG_MAINTSCRIPT_ARCH=$(dpkg --print-architecture)
DPKG_RUNNING_VERSION=$(dpkg-query -W -f '${Version}' dpkg)
export DPKG_MAINTSCRIPT_ARCH DPKG_RUNNING_VERSION
for script in /var/lib/dpkg/info/*.preinst; do
  package=${script##*/} package=${package%.preinst} package=${package%:*}
  if [ -x "$script" ] && ! grep -Fqx "$package" /var/lib/dpkg/first; then
    echo "Preparing $package"
    DPKG_MAINTSCRIPT_PACKAGE=$package "$script" install || printf '\nerror preparing package %s\n' "$package"
  fi
done
unset DPKG_MAINTSCRIPT_NAME DPKG_ADMINDIR DPKG_ROOT DPKG_MAINTSCRIPT_DEBUG DPKG_MAINTSCRIPT_ARCH DPKG_RUNNING_VERSION
# A script may use what another package has not configured yet, since all are unpacked: a second time, it has.
configure --pending || configure --pending
status=$?
rm -f /usr/sbin/policy-rc.d
exit "$status"
