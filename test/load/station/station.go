package station

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"watchroom/test/program"
)

// Sim is a process of simulated cameras.
type Sim struct {
	*Process
	Cameras []struct {
		Name string `json:"name"`
		Main string `json:"main"`
		Sub  string `json:"sub"`
	}
	Control string // HTTP address
}

// SimOptions say which cameras.
type SimOptions struct {
	Cameras  int
	File     string // played by every camera; empty means the drawn scenes
	UDP, TLS bool
	Tiny     bool // pictures as small as a sub-stream's
}

// StartSim starts simulated cameras.
func StartSim(ctx context.Context, binary string, o SimOptions) (*Sim, error) {
	args := []string{"sim", "--cameras", strconv.Itoa(o.Cameras), "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}
	if o.File != "" {
		args = append(args, "--file", o.File)
	}
	if o.Tiny {
		args = append(args, "--tiny")
	}
	if o.UDP {
		args = append(args, "--udp")
	}
	if o.TLS {
		args = append(args, "--tls")
	}
	s := &Sim{}
	var err error
	if s.Process, err = run(ctx, binary, args, nil, s); err != nil {
		return nil, err
	}
	if len(s.Cameras) != o.Cameras || s.Control == "" {
		s.Stop()
		return nil, fmt.Errorf("%d simulated cameras at %q, want %d", len(s.Cameras), s.Control, o.Cameras)
	}
	return s, nil
}

// Sent is what a simulated camera has sent of its main stream.
type Sent struct {
	Counter uint64  `json:"counter"`    // of the newest picture
	Frames  uint64  `json:"framesSent"` // handed to somebody
	FPS     float64 `json:"fps"`
}

// Sent tells for every camera, in order, what it has sent.
func (s *Sim) Sent(ctx context.Context) ([]Sent, error) {
	var all struct {
		Cameras []struct {
			Main Sent `json:"main"`
		} `json:"cameras"`
	}
	if err := call(ctx, http.DefaultClient, http.MethodGet, s.Control+"/cameras", nil, &all); err != nil {
		return nil, err
	}
	out := make([]Sent, len(all.Cameras))
	for i := range all.Cameras {
		out[i] = all.Cameras[i].Main
	}
	return out, nil
}

// Fault starts a fault on camera n, from 1. seconds is how long it lasts, 0 until
// it is cleared.
func (s *Sim) Fault(ctx context.Context, n int, kind string, value, seconds float64) error {
	return call(ctx, http.DefaultClient, http.MethodPost, fmt.Sprintf("%s/cameras/%d/faults", s.Control, n),
		map[string]any{"kind": kind, "value": value, "seconds": seconds}, nil)
}

// Clear ends all faults of camera n.
func (s *Sim) Clear(ctx context.Context, n int) error {
	return call(ctx, http.DefaultClient, http.MethodDelete, fmt.Sprintf("%s/cameras/%d/faults", s.Control, n), nil, nil)
}

// Password of the accounts that are made.
const Password = "correct horse battery staple"

// ServerOptions say what to start.
type ServerOptions struct {
	Data     string   // data folder
	Database string   // URL; empty means SQLite
	Settings string   // more of the configuration file (YAML), beside live
	Env      []string // more of the environment
}

// Server is a running recorder.
type Server struct {
	*Process
	URL  string `json:"url"`
	Data string `json:"-"`

	binary, database, settings string
	env                        []string
	admin                      *http.Client
}

// StartServer starts a recorder and signs in as its administrator.
func StartServer(ctx context.Context, binary string, o ServerOptions) (*Server, error) {
	s := &Server{Data: o.Data, binary: binary, database: o.Database, settings: filepath.Join(o.Data, "bench.yaml")}
	// Ports of live view too are free ones: another installation may run here.
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.settings, []byte("live:\n  udp_port: 0\n  tcp_port: 0\n"+o.Settings), 0o600); err != nil {
		return nil, err
	}
	s.env = append([]string{"WATCHROOM_ADMIN_PASSWORD=" + Password, "WATCHROOM_DATABASE=" + o.Database}, o.Env...)
	var err error
	s.Process, err = run(ctx, binary, []string{"serve", "--config", s.settings, "--data", o.Data, "--listen", "127.0.0.1:0"}, s.env, s)
	if err != nil {
		return nil, err
	}
	if s.admin, err = s.SignIn(ctx, "admin"); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// SignIn gives a client with a session of somebody whose password is Password.
func (s *Server) SignIn(ctx context.Context, username string) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 4}, Timeout: 5 * time.Minute}
	err = call(ctx, c, http.MethodPost, s.URL+"/api/v1/session", map[string]string{"username": username, "password": Password}, nil)
	return c, err
}

// Upgrade lets another program, or the same one, take over from the running process,
// and waits until it serves and the one before has ended well.
func (s *Server) Upgrade(ctx context.Context, binary string) error {
	old := s.Process
	if err := command(ctx, binary, nil, "", "upgrade", "--data", s.Data); err != nil {
		return errors.Join(err, fmt.Errorf("%s", old.log))
	}
	select {
	case <-old.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := old.ended(); err != nil {
		return err
	}
	var ready struct {
		URL string `json:"url"`
		PID int    `json:"pid"`
	}
	for ready.PID = old.PID; ready.PID == old.PID; { // who serves says so a moment before it writes the file
		b, err := os.ReadFile(filepath.Join(old.folder, readyFile))
		if err == nil {
			err = json.Unmarshal(b, &ready)
		}
		if err != nil {
			return err
		}
		if err := program.Wait(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("process %d was succeeded by %d: %w", old.PID, ready.PID, err)
		}
	}
	if ready.URL != s.URL {
		return fmt.Errorf("process %d was succeeded at %s", old.PID, ready.URL)
	}
	var err error
	s.binary = binary
	s.Process, err = adopt(ready.PID, old)
	return err
}

// Operator makes an operator's account.
func (s *Server) Operator(ctx context.Context, username string) error {
	return s.Person(ctx, username, "operator")
}

// Person makes an account with a position.
func (s *Server) Person(ctx context.Context, username, position string) error {
	args := []string{"user", "create", username, "--position", position, "--password-stdin", "--reason", "a station for measurements", "--data", s.Data}
	if s.database != "" {
		args = append(args, "--database", s.database)
	}
	return command(ctx, s.binary, s.env, Password+"\n", args...)
}

// NewCamera is what a camera is made from.
type NewCamera struct {
	Name string    `json:"name"`
	Main NewStream `json:"main"`
}

// NewStream is where its pictures come from.
type NewStream struct {
	URL        string `json:"url"`
	Transport  string `json:"transport,omitempty"` // auto, tcp, udp
	SkipVerify bool   `json:"skipVerify,omitempty"`
}

// AddCamera makes a camera and gives its id.
func (s *Server) AddCamera(ctx context.Context, c NewCamera) (string, error) {
	var made struct {
		ID string `json:"id"`
	}
	err := call(ctx, s.admin, http.MethodPost, s.URL+"/api/v1/cameras", c, &made)
	return made.ID, err
}

// SwitchOff switches a camera off.
func (s *Server) SwitchOff(ctx context.Context, id string) error {
	return call(ctx, s.admin, http.MethodPost, s.URL+"/api/v1/cameras/"+url.PathEscape(id)+"/switch",
		map[string]any{"enabled": false, "reason": "Footage of the measurement only."}, nil)
}

// Span is a stretch of a camera's coverage.
type Span struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Kind  string    `json:"kind"` // recorded, gap or none
	Cause string    `json:"cause"`
}

// Timeline gives the coverage of cameras, by id.
func (s *Server) Timeline(ctx context.Context, ids []string, from, to time.Time) (map[string][]Span, error) {
	q := url.Values{"camera": ids, "from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)}}
	var answer struct {
		Cameras []struct {
			Camera string `json:"camera"`
			Spans  []Span `json:"spans"`
		} `json:"cameras"`
	}
	if err := call(ctx, s.admin, http.MethodGet, s.URL+"/api/v1/timeline?"+q.Encode(), nil, &answer); err != nil {
		return nil, err
	}
	out := map[string][]Span{}
	for _, c := range answer.Cameras {
		out[c.Camera] = c.Spans
	}
	return out, nil
}

// Tool runs a command of the program with the recorder's configuration, whether that
// runs or not, and gives what it printed; also beside an error.
func (s *Server) Tool(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, s.binary, append(args, "--config", s.settings, "--data", s.Data)...)
	c.Env = append(os.Environ(), s.env...)
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err := c.Run()
	if err != nil {
		err = fmt.Errorf("watchroom %v: %w: %s", args, err, bytes.TrimSpace(said.Bytes()))
	}
	return out.String(), err
}

// Time is how the recorder's clock stands.
type Time struct {
	State         string   `json:"state"`
	Trusted       bool     `json:"trusted"`
	Distrust      string   `json:"distrust"`
	OffsetSeconds *float64 `json:"offsetSeconds"`
}

// Time asks for it.
func (s *Server) Time(ctx context.Context) (Time, error) {
	var state struct {
		Time Time `json:"time"`
	}
	err := call(ctx, s.admin, http.MethodGet, s.URL+"/api/v1/system", nil, &state)
	return state.Time, err
}

// Alarms lists the codes of what wants a hand now.
func (s *Server) Alarms(ctx context.Context) (codes []string, err error) {
	var state struct {
		Alarms []struct {
			Code string `json:"code"`
		} `json:"alarms"`
	}
	err = call(ctx, s.admin, http.MethodGet, s.URL+"/api/v1/system", nil, &state)
	for _, a := range state.Alarms {
		codes = append(codes, a.Code)
	}
	return codes, err
}

// SignInAgain gives the administrator a new session, such as after the clock was set.
func (s *Server) SignInAgain(ctx context.Context) (err error) {
	s.admin, err = s.SignIn(ctx, "admin")
	return err
}

// Admin is the client with the administrator's session.
func (s *Server) Admin() *http.Client { return s.admin }

// Camera is the state of a camera as far as the measurements ask.
type Camera struct {
	ID    string `json:"id"`
	State struct {
		Status    string `json:"status"`
		Recording bool   `json:"recording"`
		Figures   struct {
			Frames     uint64  `json:"frames"`
			Bitrate    float64 `json:"bitrate"`
			Dropped    uint64  `json:"dropped"`
			Lost       uint64  `json:"lost"`
			Reconnects uint64  `json:"reconnects"`
			Transport  string  `json:"transport"`
		} `json:"figures"`
	} `json:"state"`
}

// Cameras lists the cameras with their states.
func (s *Server) Cameras(ctx context.Context) ([]Camera, error) {
	var all struct {
		Items []Camera `json:"items"`
	}
	err := call(ctx, s.admin, http.MethodGet, s.URL+"/api/v1/cameras", nil, &all)
	return all.Items, err
}

// Call asks the API for JSON.
func (s *Server) Call(ctx context.Context, c *http.Client, method, path string, body, into any) error {
	return call(ctx, c, method, s.URL+path, body, into)
}

func call(ctx context.Context, c *http.Client, method, address string, body, into any) error {
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, reader)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, r.URL.Path, answer.Status, b)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(b, into)
}
