package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"watchroom/internal/media"
	"watchroom/internal/source/reach"
)

// Failure is an error that knows which state it puts a stream into.
type Failure struct {
	State  State
	Reason Reason
	Cause  media.Cause
	Err    error // for the log, never shown
}

// Error is for logs. It never contains credentials: the causes come from
// libraries that are given the address without user information.
func (f *Failure) Error() string {
	if f.Err != nil {
		return f.Reason.Code + ": " + f.Err.Error()
	}
	return f.Reason.Code + ": " + f.Reason.Detail
}

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Fail makes a failure. The gap's cause follows from the state.
func Fail(state State, code, detail string, params map[string]any, err error) *Failure {
	return &Failure{State: state, Reason: Reason{Code: code, Params: params, Detail: detail}, Cause: causeOf(state), Err: err}
}

// stalled is a failure of a camera that sends nothing of use.
func stalled(r Reason, err error) *Failure {
	f := &Failure{State: Stalled, Reason: r, Cause: media.CauseNoFrames, Err: err}
	if r.Code == noKeyFrame {
		f.Cause = media.CauseNoKeyFrame
	}
	return f
}

func causeOf(s State) media.Cause {
	switch s {
	case Connecting, Unreachable:
		return media.CauseUnreachable
	case Stalled:
		return media.CauseNoFrames
	case WrongCredentials:
		return media.CauseCredentials
	case Refused:
		return media.CauseRefused
	case Unsupported:
		return media.CauseUnsupported
	case Off:
		return media.CauseSwitchedOff
	case Live:
		return media.CauseNone
	}
	return media.CauseUnknown
}

// Classify turns any error of a connection attempt into a Failure. live tells
// that pictures had already come, so that a broken connection is a network fault
// and not an unreachable camera.
func Classify(err error, live bool) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	var refused *reach.RefusedError
	if errors.As(err, &refused) {
		return Fail(Refused, "address_refused", "No camera may have that address: it belongs to the network itself, not to a device.",
			map[string]any{"address": refused.Address}, err)
	}
	if f := classifyTLS(err); f != nil {
		return f
	}
	if f := classifyNet(err); f != nil {
		if live {
			return lost(err)
		}
		return f
	}
	if live {
		return lost(err)
	}
	if closed(err) {
		return Fail(Refused, "closed_by_camera", "The device closed the connection during the handshake.", nil, err)
	}
	return Fail(Refused, "protocol_error", "The device's answers do not follow the protocol.", nil, err)
}

func closed(err error) bool {
	for _, e := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// hungUp names the end of a connection over which pictures had been agreed but
// none had come that could be recorded.
func hungUp(err error) error {
	var known *Failure
	if errors.As(err, &known) || !closed(err) {
		return err
	}
	return Fail(Refused, "closed_without_pictures", "The device agreed to send and then closed the connection without a picture.", nil, err)
}

func lost(err error) *Failure {
	f := Fail(Connecting, "connection_lost", "The connection broke while pictures were coming.", nil, err)
	f.Cause = media.CauseNetwork
	return f
}

func classifyNet(err error) *Failure {
	var dns *net.DNSError
	var ne net.Error
	switch {
	case errors.As(err, &dns):
		return Fail(Unreachable, "name_unknown", "The host name cannot be resolved.", map[string]any{"host": dns.Name}, err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return Fail(Unreachable, "connection_refused", "The host is there, but nothing listens on that port.", nil, err)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		return Fail(Unreachable, "no_route", "There is no way to that host in the network.", nil, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		return Fail(Unreachable, "timeout", "The host did not answer in time.", nil, err)
	}
	return nil
}

func classifyTLS(err error) *Failure {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
		verify  *tls.CertificateVerificationError
		alert   tls.AlertError
	)
	switch {
	case errors.As(err, &unknown):
		return Fail(Refused, "tls_certificate_untrusted", "The device's certificate is not signed by an authority that this machine trusts.", nil, err)
	case errors.As(err, &name):
		return Fail(Refused, "tls_certificate_name", "The device's certificate is for another name.", map[string]any{"host": name.Host}, err)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return Fail(Refused, "tls_certificate_expired", "The device's certificate has expired or is not valid yet.", nil, err)
	case errors.As(err, &invalid), errors.As(err, &verify):
		return Fail(Refused, "tls_certificate_invalid", "The device's certificate is not valid.", nil, err)
	case errors.As(err, &record):
		return Fail(Refused, "tls_not_spoken", "The device does not speak TLS on that port; try rtsp:// instead of rtsps://.", nil, err)
	case errors.As(err, &alert), err != nil && strings.Contains(err.Error(), "tls: "):
		return Fail(Refused, "tls_handshake", "No encrypted connection could be agreed with the device.", nil, err)
	}
	return nil
}

// noFrames is the watchdog's verdict after so many seconds.
func noFrames(after string) *Failure {
	return Fail(Stalled, "no_frames", "The device is connected but has sent no picture.", map[string]any{"seconds": after},
		fmt.Errorf("no frame for %s s", after))
}
