package rtsp_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/auth"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
	"github.com/pion/rtp"
	"golang.org/x/sys/unix"
)

// A baseline SPS of 1920x1080 without reordering, and a PPS with id 0.
var (
	testSPS = []byte{0x67, 0x42, 0xc0, 0x28, 0xd9, 0x00, 0x78, 0x02, 0x27, 0xe5, 0x84, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc9, 0x20}
	testPPS = []byte{0x68, 0xce, 0x38, 0x80}
)

// camera is a small real RTSP server that sends H.264 and G.711.
type camera struct {
	t       *testing.T
	server  *gortsplib.Server
	stream  *gortsplib.ServerStream
	desc    *description.Session
	listen  string // "" means 127.0.0.1:0
	udp     bool
	user    string
	pass    string
	methods []auth.VerifyMethod
	secure  *tls.Config
	mute    bool // accepts PLAY and sends nothing
	frames  int  // a picture has this many bytes
	every   int  // a key frame every so many pictures
	setPPS  []byte
	setups  chan gortsplib.Protocol // if not nil, told of every SETUP

	mu   sync.Mutex
	tcp  int // sessions set up over TCP
	stop chan struct{}
	done chan struct{}
}

func (c *camera) start() *camera {
	c.t.Helper()
	c.stop, c.done = make(chan struct{}), make(chan struct{})
	if c.frames == 0 {
		c.frames = 3000
	}
	if c.every == 0 {
		c.every = 5
	}
	if c.desc == nil {
		c.desc = &description.Session{Medias: []*description.Media{
			{Type: description.MediaTypeVideo, Formats: []format.Format{&format.H264{PayloadTyp: 96, SPS: testSPS, PPS: testPPS, PacketizationMode: 1}}},
			{Type: description.MediaTypeAudio, Formats: []format.Format{&format.G711{PayloadTyp: 8, SampleRate: 8000, ChannelCount: 1}}},
		}}
	}
	c.server = &gortsplib.Server{
		Handler: c, RTSPAddress: cmp.Or(c.listen, "127.0.0.1:0"), TLSConfig: c.secure, AuthMethods: c.methods,
		ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
	}
	if c.udp {
		c.server.UDPRTPAddress, c.server.UDPRTCPAddress = udpPair(c.t)
	}
	if err := c.server.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.stream = &gortsplib.ServerStream{Server: c.server, Desc: c.desc}
	if err := c.stream.Initialize(); err != nil {
		c.t.Fatal(err)
	}
	go c.send()
	c.t.Cleanup(c.close)
	return c
}

func (c *camera) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop == nil {
		return
	}
	close(c.stop)
	<-c.done
	c.stream.Close()
	c.server.Close()
	c.stop = nil
}

func (c *camera) address() string { return c.server.NetListener().Addr().String() }

func (c *camera) send() {
	defer close(c.done)
	enc, err := c.desc.Medias[0].Formats[0].(*format.H264).CreateEncoder()
	if err != nil {
		panic(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := uint32(0); ; n++ {
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		if c.mute {
			continue
		}
		au := [][]byte{picture(0x41, c.frames)}
		if n%uint32(c.every) == 0 {
			au = [][]byte{testSPS, testPPS, picture(0x65, 3*c.frames)}
			if c.setPPS != nil && n >= 40 {
				au[1] = c.setPPS
			}
		}
		pkts, err := enc.Encode(au)
		if err != nil {
			panic(err)
		}
		for _, p := range pkts {
			p.Timestamp = n * 900
			_ = c.stream.WritePacketRTP(c.desc.Medias[0], p)
		}
		if len(c.desc.Medias) > 1 {
			_ = c.stream.WritePacketRTP(c.desc.Medias[1], &rtp.Packet{
				Header:  rtp.Header{Version: 2, PayloadType: 8, SequenceNumber: uint16(n), Timestamp: n * 80},
				Payload: make([]byte, 80),
			})
		}
	}
}

// picture is a NAL unit whose slice header says that it is the first of its picture.
func picture(head byte, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i%251) | 1
	}
	b[0], b[1], b[2] = head, 0x88, 0x84 // an I slice of PPS 0
	return b
}

func (c *camera) OnDescribe(ctx *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if c.user != "" && !ctx.Conn.VerifyCredentials(ctx.Request, c.user, c.pass) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	if ctx.Path != "/cam" {
		return &base.Response{StatusCode: base.StatusNotFound}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, c.stream, nil
}

func (c *camera) OnSetup(ctx *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if c.user != "" && !ctx.Conn.VerifyCredentials(ctx.Request, c.user, c.pass) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Transport.Protocol == gortsplib.ProtocolTCP {
		c.tcp++
	}
	if c.setups != nil {
		c.setups <- ctx.Transport.Protocol
	}
	return &base.Response{StatusCode: base.StatusOK}, c.stream, nil
}

func (c *camera) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// udpPair finds an even port whose successor is free as well.
func udpPair(t *testing.T) (rtpAddress, rtcpAddress string) {
	t.Helper()
	for range 100 {
		a, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := a.LocalAddr().(*net.UDPAddr)
		next := net.UDPAddr{IP: addr.IP, Port: addr.Port + 1}
		b, err := net.ListenPacket("udp", next.String())
		a.Close()
		if err != nil {
			continue
		}
		b.Close()
		if addr.Port%2 == 0 {
			return addr.String(), next.String()
		}
	}
	t.Fatal("no pair of UDP ports")
	return "", ""
}

// certificate makes a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "camera"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// silentListener is a listener that accepts nothing, with the shortest queue.
func silentListener(t *testing.T) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(at.(*unix.SockaddrInet4).Port))
}

// listener serves raw TCP connections with f until the test ends.
func listener(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(ctx, func() { c.Close() })
			wg.Go(func() {
				defer stop()
				defer c.Close()
				f(c)
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}
