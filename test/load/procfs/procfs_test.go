package procfs

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func TestStatOfAnOddName(t *testing.T) {
	got, err := parseStat("7 (a) b (c)) S 1 7 7 0 -1 0 10 0 0 0 123 45 0 0 20 0 1 0 5 0 0")
	if err != nil || got != 1680*time.Millisecond {
		t.Errorf("parseStat = %v, %v, want 1.68s", got, err)
	}
	for _, bad := range []string{"", "7 (a) S 1 2", "7 (a) S 1 7 7 0 -1 0 10 0 0 0 x 45 0", "7 a S 1"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("%q was taken for a stat", bad)
		}
	}
}

func TestRollup(t *testing.T) {
	got, err := parseRollup(strings.NewReader("00-ff ---p 0 00:00 0 [rollup]\nRss:  9 kB\nPss:  8 kB\nPss_Anon:  5 kB\nPss_File:  3 kB\n"))
	if err != nil || got != (Memory{PSS: 8 << 10, Anon: 5 << 10, File: 3 << 10}) {
		t.Errorf("parseRollup = %+v, %v", got, err)
	}
	for _, bad := range []string{"", "Pss: many kB\n"} {
		if _, err := parseRollup(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken for a rollup", bad)
		}
	}
}

func TestIO(t *testing.T) {
	all, disk, err := parseIO("rchar: 70\nwchar: 8\nread_bytes: 40\n")
	if err != nil || all != 70 || disk != 40 {
		t.Errorf("parseIO = %d, %d, %v", all, disk, err)
	}
	for _, bad := range []string{"", "rchar: 7\n", "rchar: many\nread_bytes: 1\n"} {
		if _, _, err := parseIO(bad); err == nil {
			t.Errorf("%q was taken for an account", bad)
		}
	}
	if all, _, err := Read(os.Getpid()); err != nil || all == 0 {
		t.Errorf("Read = %d, %v", all, err)
	}
}

// TestThisProcess holds the readers against the real kernel.
func TestThisProcess(t *testing.T) {
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for after := before; after <= before; {
		if after, err = CPU(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	m, err := Mem(os.Getpid())
	if err != nil || m.PSS < 1<<20 || m.Anon+m.File > m.PSS {
		t.Errorf("Mem = %+v, %v", m, err)
	}
	if l, err := Load(); err != nil || l < 0 {
		t.Errorf("Load = %v, %v", l, err)
	}
}

func TestSocketMemoryGrowsWithWhatWaits(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	in, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	before, err := SocketMemory(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	const waiting = 30_000
	if _, err := out.Write(make([]byte, waiting)); err != nil {
		t.Fatal(err)
	}
	after, err := SocketMemory(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if before.Count < 3 || after.Count < 3 || after.Bytes-before.Bytes < waiting {
		t.Errorf("sockets %+v, then with %d bytes waiting %+v", before, waiting, after)
	}
}

func TestMessages(t *testing.T) {
	message := func(kind uint16, body []byte) []byte {
		b := binary.NativeEndian.AppendUint32(nil, uint32(16+len(body)))
		b = binary.NativeEndian.AppendUint16(b, kind)
		b = append(b, make([]byte, 10)...)
		b = append(b, body...)
		return append(b, make([]byte, align(len(body))-len(body))...)
	}
	socket := make([]byte, messageSize)
	binary.NativeEndian.PutUint32(socket[inodeAt:], 77)
	socket = append(socket, 5, 0, 1, 0, 9, 0, 0, 0) // another attribute of one byte
	socket = append(socket, 12, 0, skMemInfo, 0)    // little-endian like every machine we know
	socket = append(socket, 1, 0, 0, 0, 2, 0, 0, 0) // two figures
	two := append(message(20, socket), message(3, nil)...)
	var got [][]byte
	done, err := messages(two, func(b []byte) { got = append(got, bytes.Clone(b)) })
	if !done || err != nil || len(got) != 1 {
		t.Fatalf("messages = %v, %v with %d bodies", done, err, len(got))
	}
	inode, memory, ok := parseMessage(got[0])
	if inode != 77 || !ok || len(memory) != 2 || memory[0] != 1 || memory[1] != 2 {
		t.Errorf("parseMessage = %d, %v, %v", inode, memory, ok)
	}
	if _, err := messages(message(2, []byte{0xff, 0xff, 0xff, 0xff}), nil); err == nil {
		t.Error("an error of the kernel is passed over")
	}
	if _, err := messages(make([]byte, 16), nil); err == nil {
		t.Error("a length of 0 is taken")
	}
	if _, _, ok := parseMessage(socket[:80]); ok {
		t.Error("a message without figures is taken")
	}
}
