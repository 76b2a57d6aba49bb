package front_test

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/fstest"

	"watchroom/internal/app/front"
	"watchroom/internal/config"
	"watchroom/internal/testkit/leak"
)

// TestListeningInTheClearIsSaid: passwords that pass a network in the clear are the
// administrator's decision, not ours.
func TestListeningInTheClearIsSaid(t *testing.T) {
	leak.Check(t)
	for listen, want := range map[string]bool{"127.0.0.1:0": false, "0.0.0.0:0": true} {
		var log bytes.Buffer
		c := config.Default()
		c.Listen = listen
		f := &front.Front{
			Config: c, Web: fstest.MapFS{}, Log: slog.New(slog.NewTextHandler(&log, nil)), Pass: func([]*net.TCPConn) {},
			Listen: func(address string) (*net.TCPListener, error) {
				l, err := net.Listen("tcp", address)
				if err != nil {
					return nil, err
				}
				return l.(*net.TCPListener), nil
			},
		}
		if err := f.Start(); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if got := strings.Contains(log.String(), "without TLS"); got != want {
			t.Errorf("%s: warned %v\n%s", listen, got, log.String())
		}
	}
}
