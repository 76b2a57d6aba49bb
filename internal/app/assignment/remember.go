package assignment

import (
	"encoding/json"
	"errors"
	"io/fs"

	"watchroom/internal/camera"
	"watchroom/internal/capture"
	"watchroom/internal/durable"
	"watchroom/internal/secret"
	"watchroom/internal/source"
)

// FileName is the sealed copy's file in the data folder.
const FileName = "cameras.sealed"

// mostRemembered is how many bytes it has at the most.
const mostRemembered = 64 << 20

// sealed is one camera of the sealed copy: what a recorder needs, and the words that
// people know it by, for a database that was lost. Copies of before have no words and no
// retired cameras.
type sealed struct {
	capture.Camera
	described
}

type described struct {
	Name, Place, Note string
	Provisional       bool
	AudioPurpose      string
	CreatedAt         int64  // µs; 0 where the copy does not know
	RetiredAt         *int64 `json:",omitempty"` // µs; such a camera has neither password nor recorder
	Area              string `json:",omitempty"`
	Grade             int    `json:",omitempty"` // 0 where the copy does not know
}

// read opens a sealed copy; nil where there is none.
func read(box *secret.Box, file string) ([]sealed, error) {
	b, err := durable.ReadRegular(file, mostRemembered)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := box.Open(b, "cameras")
	if err != nil {
		return nil, err
	}
	copies := []sealed{}
	return copies, json.Unmarshal([]byte(text.Reveal()), &copies)
}

// Remember gives the cameras of a sealed copy as the registry takes them back; none
// where there is no copy.
func Remember(box *secret.Box, file string) ([]camera.Remembered, error) {
	copies, err := read(box, file)
	return remembered(copies), err
}

func remembered(copies []sealed) []camera.Remembered {
	all := make([]camera.Remembered, len(copies))
	for i := range copies {
		c := &copies[i]
		m := &all[i]
		*m = camera.Remembered{ID: c.ID, Name: c.Name, Place: c.Place, Note: c.Note, Enabled: c.Enabled, Priority: c.Priority, RetiredAt: c.RetiredAt, Area: c.Area, Grade: c.Grade,
			Provisional: c.Provisional || c.CreatedAt == 0, RecordAudio: c.Main.Audio, AudioPurpose: c.AudioPurpose, CreatedAt: c.CreatedAt, Main: reached(&c.Main)}
		if c.Off != nil {
			m.OffBy, m.OffReason, m.OffAt = c.Off.By, c.Off.Reason, c.Off.At
		}
		if c.Sub != nil {
			sub := reached(c.Sub)
			m.Sub = &sub
		}
	}
	return all
}

// Copy gives the cameras of the sealed copy, as it was read or written last.
func (a *Keeper) Copy() ([]camera.Remembered, error) { return remembered(a.copied()), nil }

func (a *Keeper) copied() []sealed {
	if copies := a.copies.Load(); copies != nil {
		return *copies
	}
	return nil
}

// reached is how a stream is reached, as somebody would type it.
func reached(s *source.Config) camera.StreamInput {
	transport, password := camera.Transport(s.Transport), secret.Text(s.Password)
	return camera.StreamInput{URL: &s.URL, Username: &s.Username, Password: &password, Transport: &transport, SkipVerify: &s.InsecureTLS}
}
