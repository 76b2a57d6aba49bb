package rtsp_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/source/rtsp"
)

// fragments packs a NAL unit into FU-A packets (RFC 6184 5.8) of one picture.
func fragments(seq *uint16, ts uint32, n []byte) (out []byte) {
	const room = 1400
	if len(n) <= room {
		*seq++
		return packet(*seq, ts, 96, true, n)
	}
	head, rest := n[0], n[1:]
	for first := true; len(rest) > 0; first = false {
		p := rest[:min(room, len(rest))]
		rest = rest[len(p):]
		fu := head & 0x1f
		if first {
			fu |= 0x80
		}
		if len(rest) == 0 {
			fu |= 0x40
		}
		*seq++
		out = append(out, packet(*seq, ts, 96, len(rest) == 0, append([]byte{head&0xe0 | 28, fu}, p...))...)
	}
	return out
}

// withSSRC changes the sender of an interleaved packet.
func withSSRC(p []byte, ssrc uint32) []byte {
	binary.BigEndian.PutUint32(p[12:], ssrc)
	return p
}

// TestStrangeStreams sends what is unusual but can be recorded, and counts.
func TestStrangeStreams(t *testing.T) {
	frame := picture(0x65, 300)
	cases := []struct {
		name string
		send func(i int) []byte // the i-th of 40 pictures
		runs int
		lost uint64 // at least
	}{
		{"sequence jumps", func(i int) []byte {
			return packet(uint16(i+i/20*10_000), uint32(i)*450, 96, true, frame)
		}, 1, 1},
		{"sequence wraps", func(i int) []byte {
			return packet(uint16(65530+i), uint32(i)*450, 96, true, frame)
		}, 1, 0},
		{"timestamps jump forward", func(i int) []byte {
			return packet(uint16(i), uint32(i)*450+uint32(i/20)*90_000*3600, 96, true, frame)
		}, 2, 0},
		{"timestamps jump back", func(i int) []byte {
			return packet(uint16(i), 1_000_000_000+uint32(i)*450-uint32(i/20)*90_000*600, 96, true, frame)
		}, 2, 0},
		{"timestamps wrap", func(i int) []byte {
			return packet(uint16(i), uint32(i)*450-4_500, 96, true, frame)
		}, 1, 0},
		{"another sender takes over", func(i int) []byte {
			if i >= 20 { // with a sequence and a clock of its own
				return withSSRC(packet(uint16(i+3000), uint32(i)*450+777_000_000, 96, true, frame), 1234)
			}
			return packet(uint16(i), uint32(i)*450, 96, true, frame)
		}, 2, 0},
		{"empty frames between", func(i int) []byte {
			return append([]byte{'$', 4, 0, 0, '$', 5, 0, 0}, packet(uint16(i), uint32(i)*450, 96, true, frame)...)
		}, 1, 0},
		{"frames of 64 KiB", func(i int) []byte {
			return packet(uint16(i), uint32(i)*450, 96, true, picture(0x65, 65_535-12))
		}, 1, 0},
		{"other payload types between", func(i int) []byte {
			return append(packet(uint16(i), 5, 110, true, frame), packet(uint16(i), uint32(i)*450, 96, true, frame)...)
		}, 1, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := odd{play: func(conn net.Conn) {
				for i := range 40 {
					_, _ = conn.Write(c.send(i))
					<-time.After(5 * time.Millisecond)
				}
				untilClosed(conn)
			}}
			p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/"}, nil)
			p.until(t, "40 pictures", func() bool { return len(p.units) == 40 })
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.runs) != c.runs {
				t.Errorf("%d runs, want %d, ended %v", len(p.runs), c.runs, p.ended)
			}
			for i := 1; i < len(p.units); i++ {
				if p.units[i].Wall <= p.units[i-1].Wall {
					t.Errorf("picture %d goes back in time", i)
				}
			}
			if f := p.runner.Status().Figures; f.Lost < c.lost || c.lost == 0 && f.Lost > 0 {
				t.Errorf("lost %d, want %d", f.Lost, c.lost)
			}
		})
	}
}

// TestOpaqueStreams sends what cannot be recorded and looks for the reason.
func TestOpaqueStreams(t *testing.T) {
	quick := func(r *source.Runner) { r.NoFrameTimeout = 400 * time.Millisecond }
	noise := func(c net.Conn) {
		r := rand.New(rand.NewPCG(7, 8))
		for i := 0; ; i++ {
			b := make([]byte, 1000)
			for k := range b {
				b[k] = byte(r.Uint32())
			}
			if _, err := c.Write(packet(uint16(i), uint32(i/4)*3600, 96, i%4 == 3, b)); err != nil {
				return
			}
			if i%100 == 99 {
				<-time.After(20 * time.Millisecond) // as a camera would, so that the reader is not flooded
			}
		}
	}
	t.Run("random payload", func(t *testing.T) {
		t.Parallel()
		p := startPull(t, source.Config{URL: "rtsp://" + odd{play: noise}.listen(t) + "/"}, quick)
		p.until(t, "the reason", p.reason("not_decodable"))
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.runs) != 0 {
			t.Errorf("%d runs began", len(p.runs))
		}
	})
	t.Run("hangs up after PLAY", func(t *testing.T) {
		t.Parallel()
		p := startPull(t, source.Config{URL: "rtsp://" + odd{play: func(net.Conn) {}}.listen(t) + "/"}, quick)
		p.until(t, "the reason", p.reason("closed_without_pictures"))
	})
	t.Run("headers that drip", func(t *testing.T) {
		t.Parallel()
		address := listener(t, func(c net.Conn) {
			_, _ = c.Read(make([]byte, 4096))
			for i := 0; ; i++ {
				if _, err := c.Write([]byte("RTSP/1.0 200 OK\r\nX: aaaaaaaaaa"[min(i, 28) : min(i, 28)+1])); err != nil {
					return
				}
				<-time.After(5 * time.Millisecond)
			}
		})
		r, err := source.Probe(t.Context(), (&rtsp.Puller{HandshakeTimeout: 300 * time.Millisecond}).Run, source.Config{URL: "rtsp://" + address + "/"})
		if err != nil || r.OK || r.Reason.Code != "no_answer" {
			t.Errorf("result %+v, %v", r, err)
		}
	})
	t.Run("a host that swallows packets", func(t *testing.T) {
		t.Parallel()
		// A listener whose queue is full answers no SYN.
		r, err := source.Probe(t.Context(), (&rtsp.Puller{DialTimeout: 200 * time.Millisecond}).Run, source.Config{URL: "rtsp://" + full(t) + "/"})
		if err != nil || r.OK || r.State != source.Unreachable || r.Reason.Code != "timeout" {
			t.Errorf("result %+v, %v", r, err)
		}
	})
	t.Run("a huge description", func(t *testing.T) {
		t.Parallel()
		for _, body := range []string{
			"v=0\r\no=- 0 0 IN IP4 0\r\ns=-\r\nt=0 0\r\n" + strings.Repeat("a=x:y\r\n", 100_000),
			"v=0\r\no=- 0 0 IN IP4 0\r\ns=-\r\nt=0 0\r\n" + strings.Repeat("m=application 0 RTP/AVP 97\r\na=rtpmap:97 x/1\r\n", 2000),
		} {
			r, err := source.Probe(t.Context(), (&rtsp.Puller{}).Run, source.Config{URL: "rtsp://" + scripted(t, sdp(body)) + "/"})
			if err != nil || r.OK || r.State != source.Refused && r.State != source.Unsupported {
				t.Errorf("result %+v, %v", r, err)
			}
		}
	})
}

// full is the address of a listener that takes no connection any more.
func full(t *testing.T) string {
	t.Helper()
	address := silentListener(t)
	for {
		c, err := net.DialTimeout("tcp", address, 200*time.Millisecond)
		if err != nil { // or this machine was busy
			c, err = net.DialTimeout("tcp", address, 2*time.Second)
		}
		if err != nil {
			return address
		}
		t.Cleanup(func() { c.Close() })
	}
}

// TestHighRate takes 4K at 60 pictures and 40 Mbit/s, ten seconds of it, as fast
// as it comes.
func TestHighRate(t *testing.T) {
	const pictures, size = 600, 40_000_000 / 8 / 60
	sent := make(chan struct{})
	d := odd{play: func(c net.Conn) {
		seq := uint16(0)
		for i := range uint32(pictures) {
			head := byte(0x41)
			if i%120 == 0 {
				head = 0x65
			}
			_, _ = c.Write(fragments(&seq, i*1500, picture(head, size)))
		}
		close(sent)
		untilClosed(c)
	}}
	p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/"}, nil)
	<-sent
	p.until(t, "all pictures", func() bool { return len(p.units) == pictures })
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, u := range p.units {
		if len(u.Data) != 4+size || u.PTS != int64(i)*1500 {
			t.Fatalf("picture %d: %d bytes at %d", i, len(u.Data), u.PTS)
		}
	}
	if f := p.runner.Status().Figures; f.Lost+f.Dropped+f.BadPackets != 0 || len(p.runs) != 1 {
		t.Errorf("figures %+v, %d runs", f, len(p.runs))
	}
}

// TestSound takes sound in every form that cameras send.
func TestSound(t *testing.T) {
	aac := func(sizes ...int) []byte { // RFC 3640 3.3.6: headers of 13 bits size and 3 bits index
		b := binary.BigEndian.AppendUint16(nil, uint16(16*len(sizes)))
		for _, n := range sizes {
			b = binary.BigEndian.AppendUint16(b, uint16(n<<3))
		}
		for i, n := range sizes {
			b = append(b, strings.Repeat(string(rune('a'+i)), n)...)
		}
		return b
	}
	cases := []struct {
		name, rtpmap, fmtp string
		payload            []byte
		ticks              uint32 // a packet
		want               media.Track
		frames             []int // sizes
		step               int64 // ticks from frame to frame
	}{
		{"AAC, three frames a packet", "mpeg4-generic/16000", "streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408", aac(50, 60, 70), 3072,
			media.Track{Codec: media.AAC, SampleRate: 16000, Channels: 1, Timescale: 16000}, []int{50, 60, 70}, 1024},
		{"AAC in LATM, with an extension behind its configuration", "MP4A-LATM/44100", "cpresent=0;config=40002410adca00", append([]byte{0xff, 24}, make([]byte, 279)...), 1024,
			media.Track{Codec: media.AAC, SampleRate: 44100, Channels: 1, Timescale: 44100}, []int{279}, 1024},
		{"AAC in LATM, short", "MP4A-LATM/44100", "cpresent=0;config=400024103fc0", append([]byte{100}, make([]byte, 100)...), 1024,
			media.Track{Codec: media.AAC, SampleRate: 44100, Channels: 1, Timescale: 44100}, []int{100}, 1024},
		{"Opus", "opus/48000/2", "sprop-stereo=1", []byte{0x78, 1, 2, 3}, 960,
			media.Track{Codec: media.Opus, SampleRate: 48000, Channels: 2, Timescale: 48000}, []int{4}, 960},
		{"G.711 A of 8 kHz", "PCMA/8000", "", make([]byte, 160), 160,
			media.Track{Codec: media.PCMA, SampleRate: 8000, Channels: 1, Timescale: 8000}, []int{160}, 160},
		{"G.711 µ of 16 kHz", "PCMU/16000", "", make([]byte, 320), 320,
			media.Track{Codec: media.PCMU, SampleRate: 16000, Channels: 1, Timescale: 16000}, []int{320}, 320},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := odd{sound: "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 " + c.rtpmap + "\r\na=fmtp:97 " + c.fmtp + "\r\na=control:track2\r\n", play: func(conn net.Conn) {
				_, _ = conn.Write(packet(0, 0, 96, true, picture(0x65, 100)))
				for i := range uint32(10) {
					p := packet(uint16(i), i*c.ticks, 97, true, c.payload)
					p[1] = 6
					_, _ = conn.Write(p)
				}
				untilClosed(conn)
			}}
			p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/", Audio: true}, nil)
			n := 10 * len(c.frames)
			p.until(t, "the sound", func() bool { return len(p.units) == 1+n })
			p.mu.Lock()
			defer p.mu.Unlock()
			got := p.runs[0].Tracks[1]
			if got.Codec != c.want.Codec || got.SampleRate != c.want.SampleRate || got.Channels != c.want.Channels || got.Timescale != c.want.Timescale {
				t.Errorf("track %+v", got)
			}
			for i, u := range p.units[1:] {
				if len(u.Data) != c.frames[i%len(c.frames)] {
					t.Errorf("frame %d has %d bytes", i, len(u.Data))
				}
				if i > 0 {
					if step := u.PTS - p.units[i].PTS; step < c.step-c.step/100 || step > c.step+c.step/100 {
						t.Errorf("frame %d is %d ticks behind", i, step)
					}
				}
			}
		})
	}
}

// TestSlowOverUDP does not take a slow camera's first pause for a network without
// UDP, where the camera announces its rate.
func TestSlowOverUDP(t *testing.T) {
	pair := make([]*net.UDPConn, 2)
	a, b := udpPair(t)
	for i, address := range []string{a, b} {
		at, err := net.ResolveUDPAddr("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		if pair[i], err = net.ListenUDP("udp", at); err != nil {
			t.Fatal(err)
		}
		defer pair[i].Close()
	}
	from := pair[0].LocalAddr().(*net.UDPAddr).Port
	to := make(chan int, 1)
	d := odd{
		sound: "a=framerate:0.5\r\n", // the picture's section is still open
		setup: "RTSP/1.0 200 OK\r\nCSeq: %s\r\nSession: 1\r\nTransport: RTP/AVP;unicast;server_port=" + fmt.Sprintf("%d-%d", from, from+1) + "\r\n\r\n",
		heard: func(req string) {
			var port int
			if _, ports, ok := strings.Cut(req, "client_port="); ok {
				if n, _ := fmt.Sscanf(ports, "%d", &port); n == 1 {
					to <- port
				}
			}
		},
		play: func(c net.Conn) {
			<-time.After(800 * time.Millisecond) // longer than the patience
			at := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: <-to}
			_, _ = pair[0].WriteToUDP(packet(1, 0, 96, true, picture(0x65, 300))[4:], at)
			untilClosed(c)
		},
	}
	p := startPullBy(t, &rtsp.Puller{UDPPatience: 300 * time.Millisecond}, source.Config{URL: "rtsp://" + d.listen(t) + "/", Transport: "udp"}, nil)
	p.until(t, "a picture", func() bool { return len(p.units) == 1 })
	if got := p.runner.Status().Figures.Transport; got != "udp" {
		t.Errorf("it came over %s", got)
	}
}

// TestIPv6 reaches a camera by an address in brackets.
func TestIPv6(t *testing.T) {
	cam := (&camera{t: t, listen: "[::1]:0", user: "u", pass: "p@ss:/?#"}).start()
	p := startPull(t, source.Config{URL: "rtsp://" + cam.address() + "/cam", Username: "u", Password: "p@ss:/?#"}, nil)
	p.until(t, "pictures", func() bool { return len(p.units) > 3 })
	if !strings.HasPrefix(cam.address(), "[::1]:") {
		t.Errorf("the camera is at %s", cam.address())
	}
}

func sets() string {
	return base64.StdEncoding.EncodeToString(testSPS) + "," + base64.StdEncoding.EncodeToString(testPPS)
}
