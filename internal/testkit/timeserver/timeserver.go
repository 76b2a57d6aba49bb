// Package timeserver is a time server (SNTP, RFC 4330) for tests, whose clock is the test's.
package timeserver

import (
	"encoding/binary"
	"net"
	"testing"
	"time"
)

// Serve answers, on an address of its own, every question with the time that now gives.
// It ends with the test.
func Serve(t testing.TB, now func() time.Time) (address string) {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { pc.Close(); <-done })
	go func() {
		defer close(done)
		b := make([]byte, 1024)
		for {
			n, from, err := pc.ReadFrom(b)
			if err != nil {
				return
			}
			if n < 48 {
				continue
			}
			if _, err := pc.WriteTo(answer(b[:n], now()), from); err != nil {
				return
			}
		}
	}()
	return pc.LocalAddr().String()
}

// answer is that of a server of the second stratum, version 4, whose clock shows at.
func answer(question []byte, at time.Time) []byte {
	const to1970 = 2_208_988_800 // seconds from the beginning of NTP's era 0
	b := make([]byte, 48)
	b[0], b[1] = 4<<3|4, 2
	copy(b[24:32], question[40:48])
	for _, field := range [][]byte{b[32:], b[40:]} { // received, sent
		binary.BigEndian.PutUint32(field, uint32(at.Unix()+to1970))
		binary.BigEndian.PutUint32(field[4:], uint32(uint64(at.Nanosecond())<<32/1e9))
	}
	return b
}
