// Package interleaved reads an RTSP connection that carries RTP within itself
// (RFC 2326 10.12) at the least cost: packets go straight from the socket's bytes
// to their receiver, only messages reach the RTSP library above.
package interleaved

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// Errors of a stream that is not RTSP.
var (
	ErrHeadersTooLong = errors.New("interleaved: the headers do not end")
	ErrBodyTooLong    = errors.New("interleaved: the body is too long")
	ErrOutOfStep      = errors.New("interleaved: nothing that is RTSP in a megabyte")
)

// NotRTSPError is what a server of another protocol earns.
type NotRTSPError struct {
	Protocol string // "http", "tls", "ssh" or "" if it is not recognised
}

func (e *NotRTSPError) Error() string {
	if e.Protocol == "" {
		return "interleaved: the peer does not speak RTSP"
	}
	return "interleaved: the peer speaks " + e.Protocol + ", not RTSP"
}

const (
	maxHeaders = 64 << 10
	maxBody    = 512 << 10
	maxSkipped = 1 << 20
	frameHead  = 4
)

// Splitter cuts a byte stream into interleaved frames and RTSP messages. It holds
// at most one unfinished frame or message.
type Splitter struct {
	// Frame receives a frame's payload, which is only valid during the call. It
	// returns false for a channel that it does not know.
	Frame func(channel byte, payload []byte) bool
	// Message receives a whole message with its body, likewise.
	Message func([]byte)

	// Skipped counts bytes that belonged to nothing.
	Skipped int

	carry   []byte // the beginning of an unfinished frame or message
	need    int    // length of what carry is the beginning of, 0 while unknown
	greeted bool   // a message of RTSP has come
	adrift  int    // bytes skipped since the last frame or message
}

// Write takes the next bytes of the stream.
func (s *Splitter) Write(p []byte) error {
	for len(s.carry) > 0 && len(p) > 0 {
		// Complete what was begun, taking no more than it needs where that is known.
		n := len(p)
		if s.need > 0 {
			n = min(n, s.need-len(s.carry))
		} else {
			n = min(n, max(frameHead-len(s.carry), 512))
		}
		s.carry = append(s.carry, p[:n]...)
		p = p[n:]
		whole := s.carry
		s.carry = nil
		rest, err := s.cut(whole)
		if err != nil {
			return err
		}
		s.keep(whole, rest)
	}
	rest, err := s.cut(p)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		s.carry = append(s.carry, rest...)
	}
	return nil
}

// keep makes rest, a tail of buf, the carry again, in buf's memory.
func (s *Splitter) keep(buf, rest []byte) {
	n := copy(buf[:cap(buf)], rest)
	s.carry = buf[:n]
	if n == 0 && cap(buf) > 4096 {
		s.carry = nil // idle connections hold little
	}
}

// cut takes whole frames and messages off b and returns what is left, with need
// set if its length is known.
func (s *Splitter) cut(b []byte) (rest []byte, err error) {
	s.need = 0
	for len(b) > 0 {
		if b[0] == '$' && s.greeted {
			if len(b) < frameHead {
				s.need = 0
				return b, nil
			}
			n := frameHead + int(b[2])<<8 + int(b[3])
			if s.adrift > 0 && !plausible(b) {
				if b, err = s.skip(b, 1); err != nil {
					return nil, err
				}
				continue
			}
			if len(b) < n {
				s.need = n
				return b, nil
			}
			if s.Frame(b[1], b[frameHead:n]) {
				s.adrift = 0
			}
			b = b[n:]
			continue
		}
		n, ok, err := s.message(b)
		if err != nil {
			return nil, err
		}
		switch {
		case !ok:
			if b, err = s.resync(b); err != nil {
				return nil, err
			}
		case n == 0 || n > len(b):
			s.need = n
			return b, nil
		default:
			s.greeted, s.adrift = true, 0
			s.Message(b[:n])
			b = b[n:]
		}
	}
	return nil, nil
}

// plausible tells whether a '$' found while searching heads an RTP or RTCP packet:
// version 2 (RFC 3550 5.1), and a channel as small as anyone uses.
func plausible(b []byte) bool {
	return b[1] < 16 && (len(b) == frameHead || b[frameHead]>>6 == 2) && int(b[2])<<8+int(b[3]) >= 8
}

// starts are the beginnings of what a server may send as a message. Requests of
// servers are rare; RFC 2326 10 names these.
var starts = [...]string{"RTSP/", "OPTIONS ", "ANNOUNCE ", "SET_PARAMETER ", "GET_PARAMETER ", "REDIRECT ", "TEARDOWN ", "PLAY_NOTIFY "}

// message tells whether b begins like a message (ok) and its whole length, 0 while
// that is unknown.
func (s *Splitter) message(b []byte) (n int, ok bool, err error) {
	for _, w := range starts {
		if len(b) >= len(w) && string(b[:len(w)]) == w {
			n, err = messageLength(b)
			return n, true, err
		}
		if len(b) < len(w) && string(b) == w[:len(b)] {
			return 0, true, nil
		}
	}
	return 0, false, nil
}

func messageLength(b []byte) (int, error) {
	head := bytes.Index(b[:min(len(b), maxHeaders)], []byte("\r\n\r\n"))
	if head < 0 {
		if len(b) >= maxHeaders {
			return 0, ErrHeadersTooLong
		}
		return 0, nil
	}
	body := 0
	for line := range bytes.SplitSeq(b[:head], []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !bytes.EqualFold(bytes.TrimSpace(name), []byte("Content-Length")) {
			continue
		}
		v, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 31)
		if err != nil {
			return 0, fmt.Errorf("interleaved: Content-Length: %w", err)
		}
		if v > maxBody {
			return 0, ErrBodyTooLong
		}
		body = int(v)
	}
	return head + 4 + body, nil
}

// resync passes over bytes that begin nothing known. Before the first message
// that means a peer of another kind; later some cameras pad or miscount.
func (s *Splitter) resync(b []byte) ([]byte, error) {
	if !s.greeted {
		if b[0] == '\r' || b[0] == '\n' {
			return s.skip(b, 1)
		}
		return nil, &NotRTSPError{Protocol: protocolOf(b)}
	}
	n := 1
	for n < len(b) && b[n] != '$' && !maybeStart(b[n]) {
		n++
	}
	return s.skip(b, n)
}

func maybeStart(c byte) bool {
	return c == 'R' || c == 'O' || c == 'A' || c == 'S' || c == 'G' || c == 'T' || c == 'P'
}

func (s *Splitter) skip(b []byte, n int) ([]byte, error) {
	s.Skipped += n
	s.adrift += n
	if s.adrift > maxSkipped {
		return nil, ErrOutOfStep
	}
	return b[n:], nil
}

func protocolOf(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("HTTP")), bytes.HasPrefix(b, []byte("<")):
		return "http"
	case b[0] == 0x15 || b[0] == 0x16: // alert or handshake record
		return "tls"
	case bytes.HasPrefix(b, []byte("SSH-")):
		return "ssh"
	}
	return ""
}
