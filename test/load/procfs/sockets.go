package procfs

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Sockets is what the kernel keeps for the TCP and UDP sockets of a process.
type Sockets struct {
	Count int
	// Bytes is data waiting to be read or sent, with the kernel's own structures
	// around it, and what is reserved for the next (SK_MEMINFO of sock_diag(7)).
	Bytes int64
	Drops uint64 // datagrams that found no room
}

// sock_diag(7) and linux/inet_diag.h.
const (
	sockDiagByFamily = 20
	skMemInfo        = 7 // INET_DIAG_SKMEMINFO
	requestSize      = 16 + 56
	messageSize      = 72
	inodeAt          = 68
)

// SocketMemory asks the kernel about every socket of a process.
func SocketMemory(pid int) (Sockets, error) {
	inodes, err := socketInodes(pid)
	if err != nil {
		return Sockets{}, err
	}
	var sum Sockets
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		for _, protocol := range []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP} {
			err := dump(family, protocol, func(message []byte) {
				inode, memory, ok := parseMessage(message)
				if !ok || !inodes[inode] {
					return
				}
				sum.Count++
				// Received, reserved, waiting to be sent, options, backlog.
				for _, i := range []int{0, 4, 5, 6, 7} {
					if i < len(memory) {
						sum.Bytes += int64(memory[i])
					}
				}
				if len(memory) > 8 {
					sum.Drops += uint64(memory[8])
				}
			})
			if err != nil {
				return Sockets{}, fmt.Errorf("sock_diag: %w", err)
			}
		}
	}
	return sum, nil
}

// dump asks for all sockets of one family and protocol.
func dump(family, protocol byte, each func([]byte)) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request := make([]byte, requestSize)
	binary.NativeEndian.PutUint32(request[0:], requestSize)
	binary.NativeEndian.PutUint16(request[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(request[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	request[16], request[17], request[18] = family, protocol, 1<<(skMemInfo-1)
	binary.NativeEndian.PutUint32(request[20:], ^uint32(0)) // in every state
	if err := unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	buffer := make([]byte, 1<<16)
	for {
		n, _, err := unix.Recvfrom(fd, buffer, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		done, err := messages(buffer[:n], each)
		if done || err != nil {
			return err
		}
	}
}

// messages walks the netlink messages of one answer.
func messages(b []byte, each func([]byte)) (done bool, err error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		size := int(binary.NativeEndian.Uint32(b))
		if size < unix.NLMSG_HDRLEN || size > len(b) {
			return true, errors.New("message with a wrong length")
		}
		body := b[unix.NLMSG_HDRLEN:size]
		switch binary.NativeEndian.Uint16(b[4:]) {
		case unix.NLMSG_DONE:
			return true, nil
		case unix.NLMSG_ERROR:
			if len(body) < 4 {
				return true, errors.New("error without a number")
			}
			return true, unix.Errno(-int32(binary.NativeEndian.Uint32(body)))
		default:
			each(body)
		}
		b = b[min(align(size), len(b)):]
	}
	return false, nil
}

func align(n int) int { return (n + 3) &^ 3 }

// parseMessage reads an inet_diag_msg and the memory figures behind it.
func parseMessage(b []byte) (inode uint32, memory []uint32, ok bool) {
	if len(b) < messageSize {
		return 0, nil, false
	}
	inode = binary.NativeEndian.Uint32(b[inodeAt:])
	for b = b[messageSize:]; len(b) >= 4; {
		size, kind := int(binary.NativeEndian.Uint16(b)), binary.NativeEndian.Uint16(b[2:])
		if size < 4 || size > len(b) {
			return inode, nil, false
		}
		if kind == skMemInfo {
			for v := b[4:size]; len(v) >= 4; v = v[4:] {
				memory = append(memory, binary.NativeEndian.Uint32(v))
			}
			return inode, memory, true
		}
		b = b[min(align(size), len(b)):]
	}
	return inode, nil, false
}
