package rtsp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"

	"watchroom/internal/source"
	"watchroom/internal/source/rtsp/interleaved"
)

// errOtherTransport is in the chain of an error after which the other transport
// is worth trying.
var errOtherTransport = errors.New("rtsp: the other transport may do")

// errSilent ends a UDP session in which nothing came.
var errSilent = fmt.Errorf("rtsp: no UDP packet came: %w", errOtherTransport)

// redirected carries the address that a device sends us to.
type redirected struct {
	location string
	by       netip.Addr // the device's own address
}

func (r *redirected) Error() string { return "rtsp: redirected" }

// otherTransport marks refusals of a transport.
func otherTransport(err error) error {
	var status liberrors.ErrClientBadStatusCode
	if errors.As(err, &status) && status.Code == base.StatusUnsupportedTransport {
		return errors.Join(err, errOtherTransport)
	}
	for _, e := range []error{liberrors.ErrClientServerRequestedTCP{}, liberrors.ErrClientServerRequestedUDP{}, liberrors.ErrClientServerPortsNotProvided{}} {
		if errors.Is(err, e) {
			return errors.Join(err, errOtherTransport)
		}
	}
	return err
}

// noTransport is the failure of a device that refuses every transport that was
// asked for; alone tells that only TCP was, because somebody chose it.
func noTransport(err error, alone bool) error {
	if alone {
		return source.Fail(source.Refused, "tcp_not_offered", "The device does not offer TCP; choose Automatic or UDP.", nil, err)
	}
	return source.Fail(source.Refused, "transport_not_offered", "The device offers none of the transports that were tried.", nil, err)
}

// busy tells whether the device says that it serves too many viewers.
func busy(err error) bool {
	var status liberrors.ErrClientBadStatusCode
	return errors.As(err, &status) && (status.Code == base.StatusNotEnoughBandwidth || status.Code == base.StatusServiceUnavailable)
}

// explain turns what the library and the splitter report into failures. The rest
// (network, TLS) is for source.Classify.
func explain(err error, credentials bool) error {
	var (
		known   *source.Failure
		status  liberrors.ErrClientBadStatusCode
		foreign *interleaved.NotRTSPError
		sdp     liberrors.ErrClientSDPInvalid
		auth    liberrors.ErrClientAuthSetup
		kind    liberrors.ErrClientContentTypeUnsupported
	)
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.As(err, &status):
		return refusal(status, credentials, err)
	case errors.As(err, &foreign):
		return source.Fail(source.Refused, "not_an_rtsp_server", "What answers at that address is not an RTSP server.",
			map[string]any{"protocol": foreign.Protocol}, err)
	case errors.As(err, &sdp), errors.As(err, &kind), errors.Is(err, liberrors.ErrClientContentTypeMissing{}):
		return source.Fail(source.Unsupported, "description_invalid", "The device's description of its stream (SDP) cannot be understood.", nil, err)
	case errors.As(err, &auth):
		return source.Fail(source.WrongCredentials, "authentication_unsupported", "The device asks for a kind of authentication that is not known.", nil, err)
	case errors.Is(err, errSilent):
		return source.Fail(source.Stalled, "no_frames", "The device is connected but has sent no picture.", nil, err)
	case errors.Is(err, errHandshake):
		return source.Fail(source.Unreachable, "no_answer", "The device accepts the connection but does not answer.", nil, err)
	case errors.Is(err, errDial), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, interleaved.ErrHeadersTooLong), errors.Is(err, interleaved.ErrBodyTooLong), errors.Is(err, interleaved.ErrOutOfStep):
		return source.Fail(source.Refused, "protocol_error", "The device's answers do not follow the protocol.", nil, err)
	}
	return err
}

func refusal(status liberrors.ErrClientBadStatusCode, credentials bool, err error) error {
	switch status.Code {
	case base.StatusUnauthorized, base.StatusForbidden, base.StatusProxyAuthRequired,
		base.StatusConnectionAuthorizationRequired, base.StatusConnectionCredentialsNotAccepted:
		if !credentials {
			return source.Fail(source.WrongCredentials, "credentials_missing", "The device asks for a user name and password.",
				map[string]any{"status": int(status.Code)}, err)
		}
		return source.Fail(source.WrongCredentials, "credentials_refused", "The device refuses the user name or password.",
			map[string]any{"status": int(status.Code)}, err)
	case base.StatusNotFound:
		return source.Fail(source.Refused, "path_not_found", "The device knows no stream at that path.",
			map[string]any{"status": int(status.Code)}, err)
	case base.StatusNotEnoughBandwidth, base.StatusServiceUnavailable:
		return source.Fail(source.Refused, "device_busy", "The device says that it serves too many viewers already.",
			map[string]any{"status": int(status.Code)}, err)
	}
	return source.Fail(source.Refused, "refused_with_status", fmt.Sprintf("The device answered with status %d.", int(status.Code)),
		map[string]any{"status": int(status.Code)}, err)
}
