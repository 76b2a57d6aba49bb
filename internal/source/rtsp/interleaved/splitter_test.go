package interleaved

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// event is what a splitter gave out, in words.
func collect(known byte) (*Splitter, *[]string) {
	var got []string
	s := &Splitter{}
	s.Frame = func(ch byte, p []byte) bool {
		got = append(got, fmt.Sprintf("frame %d %x", ch, p))
		return ch <= known
	}
	s.Message = func(b []byte) { got = append(got, fmt.Sprintf("message %q", b)) }
	return s, &got
}

func frame(ch byte, payload string) string {
	return string([]byte{'$', ch, byte(len(payload) >> 8), byte(len(payload))}) + payload
}

const ok = "RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"

func TestSplitter(t *testing.T) {
	body := "RTSP/1.0 200 OK\r\ncontent-length : 5\r\n\r\nab$cd"
	packet := "\x80\x60\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01payload"
	hex := func(s string) string { return fmt.Sprintf("%x", s) }
	msg := func(s string) string { return fmt.Sprintf("message %q", s) }
	cases := []struct {
		name    string
		in      string
		want    []string
		skipped int
	}{
		{"message", ok, []string{msg(ok)}, 0},
		{"message with body", ok + body, []string{msg(ok), msg(body)}, 0},
		{"frames", ok + frame(0, packet) + frame(1, "x") + frame(0, ""), []string{msg(ok), "frame 0 " + hex(packet), "frame 1 " + hex("x"), "frame 0 "}, 0},
		{"message between frames", ok + frame(0, "a") + body + frame(0, "b"), []string{msg(ok), "frame 0 61", msg(body), "frame 0 62"}, 0},
		{"request of the server", ok + "OPTIONS rtsp://x RTSP/1.0\r\n\r\n", []string{msg(ok), msg("OPTIONS rtsp://x RTSP/1.0\r\n\r\n")}, 0},
		{"padding after a frame", ok + frame(0, "a") + "\x00\x00\x00" + frame(0, packet), []string{msg(ok), "frame 0 61", "frame 0 " + hex(packet)}, 3},
		{"dollars in rubbish", ok + "xx$\xff\xff\xff$$" + frame(0, packet), []string{msg(ok), "frame 0 " + hex(packet)}, 8},
		{"rubbish before a message", ok + "Rubbish " + ok, []string{msg(ok), msg(ok)}, 8},
		{"line breaks before all", "\r\n" + ok, []string{msg(ok)}, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			// However the bytes are cut, the outcome is the same.
			rapid.Check(t, func(rt *rapid.T) {
				s, got := collect(1)
				for rest := c.in; rest != ""; {
					n := rapid.IntRange(1, len(rest)).Draw(rt, "n")
					if err := s.Write([]byte(rest[:n])); err != nil {
						rt.Fatal(err)
					}
					rest = rest[n:]
				}
				if diff := cmp.Diff(c.want, *got); diff != "" {
					rt.Fatal(diff)
				}
				if s.Skipped != c.skipped {
					rt.Fatalf("skipped %d, want %d", s.Skipped, c.skipped)
				}
				if len(s.carry) != 0 {
					rt.Fatalf("%d bytes are left", len(s.carry))
				}
			})
		})
	}
}

func TestSplitterRefuses(t *testing.T) {
	var notRTSP *NotRTSPError
	cases := []struct {
		name, in string
		ok       func(error) bool
	}{
		{"web server", "HTTP/1.1 400 Bad Request\r\n\r\n", func(e error) bool { return errors.As(e, &notRTSP) && notRTSP.Protocol == "http" }},
		{"web page", "<html>", func(e error) bool { return errors.As(e, &notRTSP) && notRTSP.Protocol == "http" }},
		{"tls", "\x15\x03\x01\x00\x02\x02\x46", func(e error) bool { return errors.As(e, &notRTSP) && notRTSP.Protocol == "tls" }},
		{"ssh", "SSH-2.0-x\r\n", func(e error) bool { return errors.As(e, &notRTSP) && notRTSP.Protocol == "ssh" }},
		{"frame before all", frame(0, "x"), func(e error) bool { return errors.As(e, &notRTSP) }},
		{"endless headers", "RTSP/1.0 200 OK\r\n" + strings.Repeat("a: b\r\n", 12000), func(e error) bool { return errors.Is(e, ErrHeadersTooLong) }},
		{"endless body", "RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", func(e error) bool { return errors.Is(e, ErrBodyTooLong) }},
		{"no number", "RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", func(e error) bool { return e != nil }},
		{"rubbish for ever", ok + strings.Repeat("\x00", maxSkipped+1), func(e error) bool { return errors.Is(e, ErrOutOfStep) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, _ := collect(1)
			var err error
			for b := []byte(c.in); len(b) > 0 && err == nil; b = b[min(len(b), 1000):] {
				err = s.Write(b[:min(len(b), 1000)])
			}
			if !c.ok(err) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// FuzzSplitter feeds any bytes in two cuts: nothing panics, nothing is invented,
// nothing grows without bound, and the input is left as it is.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte(ok+frame(0, "abc")), 3)
	f.Add([]byte(ok+"$\x00"), 1)
	f.Add([]byte("HTTP/1.1 200 OK"), 5)
	f.Add([]byte(ok+"RTSP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n$"), 30)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		out := 0
		s := &Splitter{
			Frame:   func(_ byte, p []byte) bool { out += len(p) + frameHead; return true },
			Message: func(b []byte) { out += len(b) },
		}
		keep := bytes.Clone(in)
		cut = min(max(cut, 0), len(in))
		if s.Write(in[:cut]) != nil || s.Write(in[cut:]) != nil {
			return
		}
		if got := out + s.Skipped + len(s.carry); got != len(in) {
			t.Errorf("%d bytes went in, %d came out", len(in), got)
		}
		if !bytes.Equal(keep, in) {
			t.Error("the input was changed")
		}
	})
}

func BenchmarkSplitter(b *testing.B) {
	in := []byte(strings.Repeat(frame(0, strings.Repeat("x", 1400)), 90))
	s := &Splitter{Frame: func(byte, []byte) bool { return true }, Message: func([]byte) {}}
	_ = s.Write([]byte(ok))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Write(in); err != nil {
			b.Fatal(err)
		}
	}
}
