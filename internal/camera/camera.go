// Package camera is the registry of cameras: what they are called, where they
// hang, how they are reached. A camera is never deleted; one that is taken down is
// retired and keeps its id, its footage and its history.
package camera

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/camera/streamurl"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// Refusals of acts on cameras. Those about text come from package text.
var (
	ErrUnknown      = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.")
	ErrNameTaken    = problem.New(problem.Conflict, "camera_name_taken", "Another camera has this name.").On("name") // name
	ErrRetired      = problem.New(problem.Conflict, "camera_retired", "This camera is retired; it does not change any more.")
	ErrTransport    = problem.New(problem.Invalid, "transport_unknown", "The transport is one of auto, tcp and udp.")
	ErrAudioPurpose = problem.New(problem.Invalid, "audio_purpose_required", "Sound is recorded only for a purpose that is written down.").On("audioPurpose")
	ErrPriority     = problem.New(problem.Invalid, "camera_priority", "The priority is a number from 1 to 9.").On("priority")
	ErrSecret       = problem.New(problem.Unavailable, "camera_secret_unreadable", "The stored password cannot be read with this key file. Type it again.")
)

// MaxName is how many characters a name may have.
const MaxName = 300

// The two streams of a camera.
const (
	Main = "main"
	Sub  = "sub"
)

// Transport is how RTP comes.
type Transport string

// The transports; Auto tries UDP when TCP is refused.
const (
	Auto Transport = "auto"
	TCP  Transport = "tcp"
	UDP  Transport = "udp"
)

// Camera is one entry of the registry; nothing in it is secret.
type Camera struct {
	ID           string
	Name         string
	Place        string
	Note         string
	Enabled      bool
	Provisional  bool // records, but nobody has approved it yet (R13)
	RecordAudio  bool
	AudioPurpose string
	Priority     int    // 1 to 9; where disks are full and the policy says so, the lowest stop first
	Area         string // id; empty: it hangs above all areas
	Grade        int    // security grade, 1 to 4
	Main         Stream
	Sub          *Stream // nil: the camera has none
	CreatedAt    int64   // µs
	RetiredAt    *int64  // µs
	OffBy        string  // who switched it off or retired it, a person; of a camera taken back a name; empty from the command line
	OffReason    string  // why; empty while it is on
	OffAt        int64   // µs; 0 while it is on
}

// Stream is how one stream is reached.
type Stream struct {
	URL            string // without user name and password; may hold streamurl.PasswordMark
	Username       string
	HasCredentials bool // a password is kept
	Transport      Transport
	SkipVerify     bool // RTSPS: takes any certificate
}

// StreamInput changes what is not nil. Credentials inside URL count as typed.
type StreamInput struct {
	URL        *string
	Username   *string
	Password   *secret.Text
	Transport  *Transport
	SkipVerify *bool
}

// New is what a camera begins with.
type New struct {
	Name         string
	Place        string
	Note         string
	Main         StreamInput // its URL is needed
	Sub          *StreamInput
	RecordAudio  bool
	AudioPurpose string
	Priority     int // 0 means DefaultPriority
	Area         string
	Grade        int // 0 means DefaultGrade
}

// DefaultPriority is that of a camera of which nobody has said otherwise.
const DefaultPriority = 5

// Change changes what is not nil.
type Change struct {
	Name         *string
	Place        *string
	Note         *string
	Main         *StreamInput
	Sub          *StreamInput
	RemoveSub    bool
	RecordAudio  *bool
	AudioPurpose *string
	Priority     *int
	Area         *string // empty takes it out of its area
	Grade        *int
	GradeReason  string // why, where the grade is lowered
}

// Changed is the Data of events of kind "cameras".
type Changed struct {
	ID     string `json:"id"`
	Change string `json:"change"` // created, changed, switched, retired
}

// Source is one stream with its credentials, for the capture side alone.
type Source struct {
	URL        string // safe to show; may hold streamurl.PasswordMark
	Username   string
	Password   secret.Text
	Transport  Transport
	SkipVerify bool
}

// Target is the URL to ask the camera for, with the password where the camera
// wants it inside the URL.
func (s Source) Target() secret.Text {
	return secret.Text(strings.ReplaceAll(s.URL, streamurl.PasswordMark, url.QueryEscape(s.Password.Reveal())))
}

// typed is what was typed for one stream.
type typed struct {
	stream string
	in     *StreamInput
}

// Sources are the streams of a camera.
type Sources struct {
	Main Source
	Sub  *Source
}

// Registry keeps the cameras.
type Registry struct {
	DB    *db.DB
	Bus   *event.Bus // told of every change; may be nil
	Clock clock.Clock
	Box   *secret.Box
	// Areas tells whether there is such an area that is not retired. Nil: there are none.
	Areas func(ctx context.Context, tx bun.IDB, area string) (bool, error)
	// Chain gives the areas that one lies in, itself first. Nil: each stands alone.
	Chain func(ctx context.Context, tx bun.IDB, area string) ([]string, error)
	// Lookup finds where names of hosts lead. Nil: a host is known by what it is called alone.
	Lookup whereabouts.Lookup
	// Cover covers a camera that has come to its address like others of its device, and says of it
	// what was said of them. Nil: nothing covers any.
	Cover func(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, names whereabouts.Names) error
	// Moved is told after a camera is new, hangs elsewhere or has another grade or address, before
	// that is answered; may be nil.
	Moved func()
}

// Tell says on the bus that something about a camera is another.
func (r *Registry) Tell(id string) { r.tell(id, "changed") }

func (r *Registry) tell(id, change string) {
	if r.Bus != nil {
		r.Bus.Publish(event.Event{Kind: "cameras", Subject: id, Camera: id, Data: Changed{ID: id, Change: change}})
	}
}

// List gives all cameras, retired ones too, oldest first.
func (r *Registry) List(ctx context.Context) ([]Camera, error) {
	return list(ctx, r.DB.Read(), "")
}

// Get gives one camera, or ErrUnknown.
func (r *Registry) Get(ctx context.Context, id string) (Camera, error) {
	return get(ctx, r.DB.Read(), id)
}

// Secrets gives what the capture side needs to reach a camera. With ErrSecret it
// gives everything but the password that cannot be read.
func (r *Registry) Secrets(ctx context.Context, id string) (Sources, error) {
	if id == "" {
		return Sources{}, ErrUnknown
	}
	rows, err := streams(ctx, r.DB.Read(), id)
	if err != nil {
		return Sources{}, err
	}
	var s Sources
	var unread error
	for _, row := range rows {
		source, err := r.source(row)
		unread = cmp.Or(unread, err)
		if row.Stream == Main {
			s.Main = source
		} else {
			s.Sub = &source
		}
	}
	if s.Main.URL == "" {
		return Sources{}, ErrUnknown
	}
	return s, unread
}

func (r *Registry) source(row streamRow) (Source, error) {
	s := Source{URL: row.URL, Username: row.Username, Transport: row.Transport, SkipVerify: row.SkipVerify}
	if row.Password == nil {
		return s, nil
	}
	var err error
	if s.Password, err = r.Box.Open(row.Password, place(row.Camera, row.Stream)); err != nil {
		return s, ErrSecret.With("camera", row.Camera).Because(err)
	}
	return s, nil
}

// place binds a sealed password to its row.
func place(camera, stream string) string { return "camera/" + camera + "/" + stream }

// describe takes in the words of a camera.
func describe(row *cameraRow, name, location, note *string) (err error) {
	if name != nil {
		if row.Name, err = text.Line("name", *name, 1, MaxName); err != nil {
			return err
		}
		row.NameKey = text.Key(row.Name)
	}
	if location != nil {
		if row.Place, err = text.Line("place", *location, 0, 300); err != nil {
			return err
		}
	}
	if note != nil {
		if row.Note, err = text.Block("note", *note, 0, 4000); err != nil {
			return err
		}
	}
	return nil
}

// hear takes in whether sound is recorded, and why.
func hear(row *cameraRow, record *bool, purpose *string) (err error) {
	if purpose != nil {
		if row.AudioPurpose, err = text.Line("audioPurpose", *purpose, 0, 300); err != nil {
			return err
		}
	}
	if record != nil {
		row.RecordAudio = *record
	}
	if row.RecordAudio && row.AudioPurpose == "" {
		return ErrAudioPurpose
	}
	return nil
}

// rank takes in how important the camera is.
func rank(row *cameraRow, priority *int) error {
	if priority != nil {
		row.Priority = *priority
	}
	if row.Priority < 1 || row.Priority > 9 {
		return ErrPriority
	}
	return nil
}

// reach applies what was typed to a stream. plain is the password as it was and
// becomes the one that it is.
func reach(row *streamRow, plain *secret.Text, in StreamInput) error {
	var inside struct{ user, password bool } // the URL, so that an empty field beside it takes nothing away
	if in.URL != nil {
		clean, username, password, err := streamurl.Typed(*in.URL, in.Username, in.Password)
		if err != nil {
			return problem.Of(err).On(row.Stream + ".url")
		}
		row.URL = clean
		if inside.user = username != ""; inside.user {
			row.Username = username
		}
		if inside.password = password != ""; inside.password {
			*plain = password
		}
	}
	if in.Username != nil && (*in.Username != "" || !inside.user) {
		username, err := text.Line(row.Stream+".username", *in.Username, 0, 200)
		if err != nil {
			return err
		}
		row.Username = username
	}
	if in.Password != nil && (*in.Password != "" || !inside.password) {
		if len(*in.Password) > 500 {
			return text.ErrTooLong.With("field", "password").With("max", 500).On(row.Stream + ".password")
		}
		*plain = *in.Password
	}
	if in.Transport != nil {
		switch *in.Transport {
		case Auto, TCP, UDP:
			row.Transport = *in.Transport
		case "":
			row.Transport = Auto
		default:
			return ErrTransport.On(row.Stream + ".transport")
		}
	}
	if in.SkipVerify != nil {
		row.SkipVerify = *in.SkipVerify
	}
	if row.URL == "" {
		return text.ErrRequired.With("field", "url").On(row.Stream + ".url")
	}
	return nil
}
