package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"watchroom/test/load/account"
)

// viewing lets somebody who may play footage back.
type viewing struct {
	i     *installation
	guard *http.Client
	id    string
}

// view makes an operator of that name who states why all cameras are looked at.
func (i *installation) view(ctx context.Context, name string, from, to time.Time) (*viewing, error) {
	if err := i.Operator(ctx, name); err != nil {
		return nil, err
	}
	guard, err := i.SignIn(ctx, name)
	if err != nil {
		return nil, err
	}
	var v struct {
		ID string `json:"id"`
	}
	err = i.Call(ctx, guard, http.MethodPost, "/api/v1/viewings", map[string]any{"cameras": i.ids, "purpose": "maintenance",
		"from": from.UTC(), "to": to.UTC(), "reason": "What is left after a fault"}, &v)
	return &viewing{i, guard, v.ID}, err
}

// errRefused says with which status footage was refused.
var errRefused = errors.New("footage was refused")

// play gives the pictures of a camera as playback serves them, in its order.
func (v *viewing) play(ctx context.Context, camera string, from, to time.Time) ([]account.Picture, error) {
	q := url.Values{"from": {from.UTC().Format(time.RFC3339Nano)}, "to": {to.UTC().Format(time.RFC3339Nano)}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("%s/api/v1/viewings/%s/cameras/%s/video.mp4?%s", v.i.URL, v.id, camera, q.Encode()), http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := v.guard.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return nil, fmt.Errorf("%w: %s: %s: %w", errRefused, answer.Status, b, err)
	}
	path := filepath.Join(v.i.bench.folder, "played.mp4")
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

// replay plays everything back.
func (i *installation) replay(ctx context.Context, from, to time.Time) (map[string][]account.Picture, error) {
	v, err := i.view(ctx, fmt.Sprintf("guard-%d", len(i.bench.outcomes)), from, to)
	if err != nil {
		return nil, err
	}
	out := map[string][]account.Picture{}
	for _, id := range i.ids {
		if out[id], err = v.play(ctx, id, from, to); err != nil {
			return nil, err
		}
	}
	return out, nil
}
