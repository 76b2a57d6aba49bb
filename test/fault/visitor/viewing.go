package visitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"watchroom/test/load/account"
	"watchroom/test/load/station"
)

// Viewing lets somebody who may play footage back.
type Viewing struct {
	*station.Server
	Who    *http.Client
	ID     string
	Folder string // for what is played
}

// View states as somebody why cameras are looked at.
func View(ctx context.Context, s *station.Server, who *http.Client, cameras []string, from, to time.Time, reason, folder string) (*Viewing, error) {
	var v struct {
		ID string `json:"id"`
	}
	err := s.Call(ctx, who, http.MethodPost, "/api/v1/viewings", map[string]any{"cameras": cameras, "purpose": "maintenance",
		"from": from.UTC(), "to": to.UTC(), "reason": reason}, &v)
	return &Viewing{s, who, v.ID, folder}, err
}

// ErrRefused says with which status footage was refused.
var ErrRefused = errors.New("footage was refused")

// Play gives the pictures of a camera as playback serves them, in its order.
func (v *Viewing) Play(ctx context.Context, camera string, from, to time.Time) ([]account.Picture, error) {
	q := url.Values{"from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("%s/api/v1/viewings/%s/cameras/%s/video.mp4?%s", v.URL, v.ID, camera, q.Encode()), http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := v.Who.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return nil, fmt.Errorf("%w: %s: %s: %w", ErrRefused, answer.Status, b, err)
	}
	path := filepath.Join(v.Folder, "played.mp4")
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer os.Remove(path)
	_, err = io.Copy(f, answer.Body)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return account.File(path)
}

// Unreadable tells whether footage that lies where nobody answers is refused with the status
// that says so, and not shown as a gap.
func (v *Viewing) Unreadable(ctx context.Context, camera string, from, to time.Time) error {
	_, err := v.Play(ctx, camera, from, to)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "503") {
		return fmt.Errorf("footage that lies where nobody answers was not refused with 503: %w", err)
	}
	return nil
}
