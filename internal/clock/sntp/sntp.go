// Package sntp asks one time server by how much this machine's clock is wrong: the
// client's side of SNTP, RFC 4330, over UDP.
//
// It measures and sets nothing. An answer is believed only if it repeats the random
// number that was sent in place of a time, so that nobody off the path can make one.
package sntp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
)

// Port is where servers listen unless told otherwise.
const Port = "123"

// Answer is what a server says of its time.
type Answer struct {
	// Offset is this machine's clock minus the server's. Half of Delay is the most
	// that the way of the packets can have falsified it.
	Offset time.Duration
	Delay  time.Duration // of both ways together
	// Error is the most by which the server itself may be wrong: root dispersion plus
	// half the root delay (RFC 5905, 11.2).
	Error   time.Duration
	Stratum int // 1 has a clock of its own, each step away from it counts one more
}

// Errors of servers that answer and tell no time.
var (
	ErrUnsynchronised = errors.New("sntp: the server is not synchronised itself")
	ErrRefused        = errors.New("sntp: the server refuses to answer") // a kiss of death
	ErrForeign        = errors.New("sntp: the answer belongs to no question of ours")
)

const (
	size = 48 // of a packet without extensions

	leapUnknown = 3 // the leap indicator of a clock without time
	modeClient  = 3
	modeServer  = 4
	version     = 4

	maxStratum = 15
)

// Query asks the server at address (host:port) and waits for its answer until ctx
// ends. now is this machine's clock; nil means the system's.
func Query(ctx context.Context, address string, now func() time.Time) (*Answer, error) {
	if now == nil {
		now = time.Now
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "udp", address)
	if err != nil {
		return nil, fmt.Errorf("sntp: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // wakes the reader
	defer stop()
	var question [size]byte
	question[0] = version<<3 | modeClient
	if _, err := rand.Read(question[40:]); err != nil {
		return nil, err
	}
	sent := now()
	began := time.Now() // the way there and back is measured on a clock that nobody sets
	if _, err := conn.Write(question[:]); err != nil {
		return nil, fmt.Errorf("sntp: %w", err)
	}
	reply := make([]byte, 1024)
	for {
		n, err := conn.Read(reply)
		took := time.Since(began)
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return nil, fmt.Errorf("sntp: %w", err)
		}
		a, err := read(reply[:n], [8]byte(question[40:]), sent, took)
		if errors.Is(err, ErrForeign) {
			continue // of an earlier question, or somebody's guess
		}
		return a, err
	}
}

// read takes an answer apart that came so long after the question was sent.
func read(b []byte, question [8]byte, sent time.Time, took time.Duration) (*Answer, error) {
	if len(b) < size || b[0]&7 != modeServer || [8]byte(b[24:32]) != question {
		return nil, ErrForeign
	}
	stratum := int(b[1])
	if stratum == 0 {
		return nil, fmt.Errorf("%w: %q", ErrRefused, b[12:16])
	}
	if b[0]>>6 == leapUnknown || stratum > maxStratum || binary.BigEndian.Uint64(b[40:]) == 0 {
		return nil, ErrUnsynchronised
	}
	received, transmitted := instant(b[32:]), instant(b[40:])
	there := transmitted.Sub(received)
	if there < 0 || there > took {
		there = 0 // its two readings make no sense; the whole way counts as delay
	}
	delay := took - there
	// The server's clock stood at the middle of its two readings when ours stood at
	// the middle of the way.
	middle := received.Add(transmitted.Sub(received) / 2)
	return &Answer{
		Offset: sent.Add(took / 2).Sub(middle), Delay: delay, Stratum: stratum,
		Error: short(b[8:]) + short(b[4:])/2,
	}, nil
}

// instant reads a timestamp: seconds since 1900 as 32.32 fixed point. Without the
// highest bit it counts from 2036 (RFC 4330, 3).
func instant(b []byte) time.Time {
	const to1970 = 2_208_988_800
	seconds, fraction := int64(binary.BigEndian.Uint32(b)), uint64(binary.BigEndian.Uint32(b[4:]))
	if seconds < 1<<31 {
		seconds += 1 << 32
	}
	return time.Unix(seconds-to1970, int64(fraction*1e9>>32))
}

// short reads 16.16 fixed point seconds.
func short(b []byte) time.Duration {
	return time.Duration(uint64(binary.BigEndian.Uint32(b)) * 1e9 >> 16)
}
