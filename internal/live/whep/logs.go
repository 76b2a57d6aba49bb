package whep

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// logFactory hands the WebRTC library's messages on at debug level: what it
// warns of is mostly what strangers send to an open port.
type logFactory struct{ log *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (f logFactory) NewLogger(scope string) logging.LeveledLogger {
	return scoped{log: f.log.With("part", "webrtc/"+scope)}
}

type scoped struct{ log *slog.Logger }

func (l scoped) say(msg string) { l.log.Debug(msg) }
func (l scoped) sayf(format string, args []any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.log.Debug(fmt.Sprintf(format, args...))
	}
}

// Trace and Debug are too much even for debugging a control room.
func (l scoped) Trace(string)                 {}
func (l scoped) Tracef(string, ...any)        {}
func (l scoped) Debug(string)                 {}
func (l scoped) Debugf(string, ...any)        {}
func (l scoped) Info(msg string)              { l.say(msg) }
func (l scoped) Infof(f string, args ...any)  { l.sayf(f, args) }
func (l scoped) Warn(msg string)              { l.say(msg) }
func (l scoped) Warnf(f string, args ...any)  { l.sayf(f, args) }
func (l scoped) Error(msg string)             { l.say(msg) }
func (l scoped) Errorf(f string, args ...any) { l.sayf(f, args) }
