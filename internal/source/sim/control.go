package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Info is a camera as GET /cameras lists it.
type Info struct {
	N      int         `json:"n"`
	Name   string      `json:"name"`
	Scene  string      `json:"scene,omitempty"`
	Live   bool        `json:"live"`
	Auth   bool        `json:"auth"` // a password is needed; it is not told here
	Main   StreamInfo  `json:"main"`
	Sub    *StreamInfo `json:"sub,omitempty"`
	Faults []Fault     `json:"faults"`
}

// StreamInfo is one of its streams.
type StreamInfo struct {
	URL     string      `json:"url"`
	Codec   media.Codec `json:"codec"`
	Audio   media.Codec `json:"audio,omitempty"`
	Width   int         `json:"width"`
	Height  int         `json:"height"`
	FPS     float64     `json:"fps"`
	Loop    int         `json:"loop,omitempty"` // frames after which the clip repeats
	Counter uint64      `json:"counter"`        // see Sent
	LoopPos int         `json:"loopPos"`
	At      time.Time   `json:"at"`
	Sent    uint64      `json:"framesSent"`
	Open    int         `json:"sessions"`
}

// Info describes camera n.
func (s *Sim) Info(n int) (Info, error) {
	c, err := s.camera(n)
	if err != nil {
		return Info{}, err
	}
	i := Info{
		N: n, Name: c.name, Scene: c.scene.ID, Live: c.conf.Live, Auth: c.conf.Username != "",
		Main: s.streamInfo(c.main), Faults: c.active(time.Now()),
	}
	if c.sub != nil {
		sub := s.streamInfo(c.sub)
		i.Sub = &sub
	}
	return i, nil
}

func (s *Sim) streamInfo(st *stream) StreamInfo {
	sent := s.Sent(st.cam.n, st.which)
	i := StreamInfo{
		URL: s.URL(st.cam.n, st.which), Codec: st.clip.Codec, Width: st.clip.Width, Height: st.clip.Height, FPS: st.fps,
		Loop: len(st.clip.Frames), Counter: sent.Counter, LoopPos: sent.LoopPos, At: sent.At.UTC(), Sent: sent.Frames,
	}
	if st.sound != nil {
		i.Audio = st.sound.Codec
	}
	for _, ss := range s.Sessions(st.cam.n, st.which) {
		if ss.Open {
			i.Open++
		}
	}
	return i
}

// routeInfo is a route as GET / lists it.
type routeInfo struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Does   string `json:"does"`
}

// fields are those of a Fault.
func fields() map[string]string {
	return map[string]string{
		"kind":     "what goes wrong; one of the kinds",
		"value":    "how much, where its kind says so",
		"timeline": "of which timestamps, where its kind says so",
		"seconds":  "ends by itself after as long; never if absent",
	}
}

// Handler serves the control interface. GET / lists its routes, and the faults with
// their fields.
func (s *Sim) Handler() http.Handler {
	mux := http.NewServeMux()
	var routes []routeInfo
	handle := func(method, path, does string, f http.HandlerFunc) {
		routes = append(routes, routeInfo{method, path, does})
		if path == "/" {
			path = "/{$}"
		}
		mux.HandleFunc(method+" "+path, f)
	}
	each := func(method, path, does string, f func(n int, r *http.Request) error) {
		handle(method, path, does, func(w http.ResponseWriter, r *http.Request) {
			n, err := strconv.Atoi(r.PathValue("n"))
			if err != nil {
				n = 0
			}
			if err := f(n, r); err != nil {
				answer(w, nil, err)
				return
			}
			i, err := s.Info(n)
			answer(w, i, err)
		})
	}
	handle("GET", "/", "lists the routes and the faults", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"routes": routes, "faults": map[string]any{"fields": fields(), "kinds": kinds}}, nil)
	})
	handle("GET", "/cameras", "lists the cameras", func(w http.ResponseWriter, _ *http.Request) {
		list := make([]Info, 0, len(s.cams))
		for _, c := range s.cams {
			i, err := s.Info(c.n)
			if err != nil {
				answer(w, nil, err)
				return
			}
			list = append(list, i)
		}
		answer(w, map[string]any{"cameras": list}, nil)
	})
	each("GET", "/cameras/{n}", "tells of a camera; they count from 1", func(int, *http.Request) error { return nil })
	each("POST", "/cameras/{n}/faults", "starts the fault in the body on a camera", func(n int, r *http.Request) error {
		var f Fault
		if err := read(r, &f); err != nil {
			return err
		}
		return s.SetFault(n, f)
	})
	each("DELETE", "/cameras/{n}/faults", "ends all faults of a camera", func(n int, _ *http.Request) error { return s.ClearFaults(n) })
	each("DELETE", "/cameras/{n}/faults/{kind}", "ends one", func(n int, r *http.Request) error {
		k := Kind(r.PathValue("kind"))
		if err := k.known(); err != nil {
			return err
		}
		return s.ClearFaults(n, k)
	})
	each("PUT", "/cameras/{n}/ptz", "points a live camera: pan and tilt in degrees, zoom from 1 to 8", func(n int, r *http.Request) error {
		at := struct{ Pan, Tilt, Zoom float64 }{Zoom: 1}
		if err := read(r, &at); err != nil {
			return err
		}
		return s.PTZ(n, at.Pan, at.Tilt, at.Zoom)
	})
	return mux
}

func read(r *http.Request, to any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 4096))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return &problem.Error{Kind: problem.Invalid, Code: "body_invalid", Detail: "The body is not the JSON that is asked for. GET / lists the fields.", Err: err}
	}
	return nil
}

// answer writes JSON, or the safe face of an error.
func answer(w http.ResponseWriter, v any, err error) {
	status := http.StatusOK
	if err != nil {
		status = http.StatusInternalServerError
		body := map[string]string{"code": "internal", "detail": "Something went wrong in the simulator."}
		if p := (*problem.Error)(nil); errors.As(err, &p) {
			switch p.Kind {
			case problem.Invalid:
				status = http.StatusBadRequest
			case problem.NotFound:
				status = http.StatusNotFound
			case problem.Conflict:
				status = http.StatusConflict
			}
			body["code"], body["detail"] = p.Code, p.Detail
		}
		v = body
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that is gone needs no answer.
	_ = json.NewEncoder(w).Encode(v)
}

func (s *Sim) serveControl() error {
	if s.opts.Control == "" {
		return nil
	}
	ln, err := net.Listen("tcp", s.opts.Control)
	if err != nil {
		return fmt.Errorf("sim: control: %w", err)
	}
	s.control = ln
	s.http = &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second}
	s.wg.Go(func() {
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("control listener ended", "err", err)
		}
	})
	return nil
}
