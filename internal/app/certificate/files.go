package certificate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// files reads a pair of PEM files, and again when either changes. Whoever replaces them one
// after the other is not caught in between: a pair that does not fit leaves the old one.
type files struct {
	certificate, key string

	seen [2]stamp
	read *tls.Certificate
}

// stamp tells a file from another that took its place.
type stamp struct {
	size, at int64
}

func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.Size(), info.ModTime().UnixNano()}, nil
}

func (f *files) round(context.Context) ([]*tls.Certificate, string, error) {
	var now [2]stamp
	for i, path := range []string{f.certificate, f.key} {
		var err error
		if now[i], err = stampOf(path); err != nil {
			return nil, Unreadable, err
		}
	}
	if f.read != nil && now == f.seen {
		return []*tls.Certificate{f.read}, "", nil
	}
	pair, err := load(f.certificate, f.key)
	if err != nil {
		return nil, Unreadable, err
	}
	f.read, f.seen = pair, now
	return []*tls.Certificate{pair}, "", nil
}

func load(certificate, key string) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return nil, fmt.Errorf("%s: %w", certificate, err)
		}
	}
	return &pair, nil
}

func (f *files) authority() []byte { return nil }
func (f *files) close()            {}
