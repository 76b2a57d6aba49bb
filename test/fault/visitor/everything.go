package visitor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"watchroom/test/load/station"
)

// Everything asks for what people ask for, and gives how long the slowest answer took. What is
// not answered within ten seconds is an error. lead may place
// holds, and operator is the name of somebody who signs in.
func Everything(ctx context.Context, s *station.Server, lead *http.Client, operator string, cameras []string) (slowest time.Duration, err error) {
	now := time.Now()
	span := url.Values{"camera": cameras, "from": {now.Add(-time.Minute).UTC().Format(time.RFC3339)}, "to": {now.UTC().Format(time.RFC3339)}}
	get := func(path string) func(context.Context) error {
		return func(ctx context.Context) error {
			return s.Call(ctx, s.Admin(), http.MethodGet, "/api/v1/"+path, nil, nil)
		}
	}
	for _, ask := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"timeline", get("timeline?" + span.Encode())},
		{"storage", get("storage")},
		{"system", get("system")},
		{"storage faults", get("storage-faults")},
		{"capacity", get("capacity")},
		{"retention", get("retention")},
		{"cameras", get("cameras")},
		{"sign-in", func(ctx context.Context) error { _, err := s.SignIn(ctx, operator); return err }},
		{"hold", func(ctx context.Context) error {
			return s.Call(ctx, lead, http.MethodPost, "/api/v1/holds", map[string]any{
				"kind": "case", "owner": "lead", "reason": "What is recorded while a disk does not answer", "document": "", "cameras": cameras[:1],
				"from": now.Add(-time.Minute).UTC(), "to": now.UTC(), "reviewAt": now.AddDate(0, 0, 20).UTC()}, &struct{}{})
		}},
	} {
		limited, cancel := context.WithTimeout(ctx, 10*time.Second)
		at := time.Now()
		err := ask.do(limited)
		cancel()
		if err != nil {
			return 0, fmt.Errorf("%s: %w", ask.what, err)
		}
		slowest = max(slowest, time.Since(at))
	}
	return slowest, nil
}
