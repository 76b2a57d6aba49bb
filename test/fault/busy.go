package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// busy is what people do in a house, so that its records hold something of every kind: holds,
// an order to delete, viewings, snapshots, cameras that are switched off, hours and maintenance.
func (i *installation) busy(ctx context.Context) error {
	who := map[string]*http.Client{"admin": i.Admin()}
	for name, position := range map[string]string{"head": "supervisor", "leader": "leader", "deputy": "leader", "duty": "duty_lead"} {
		if err := i.Person(ctx, name, position); err != nil {
			return err
		}
		c, err := i.SignIn(ctx, name)
		if err != nil {
			return err
		}
		who[name] = c
	}
	now := time.Now().UTC()
	stretch := func(more map[string]any) map[string]any {
		more["from"], more["to"] = now.Add(-20*time.Second).Format(time.RFC3339), now.Format(time.RFC3339)
		return more
	}
	var made struct{ ID string }
	gate, yard := i.ids[0], i.ids[len(i.ids)-1]
	review := now.Add(72 * time.Hour).Format(time.RFC3339)
	for _, step := range []struct {
		by, path string
		body     map[string]any
	}{
		{"duty", "/viewings", stretch(map[string]any{"cameras": i.ids, "purpose": "incident", "reason": "a box is missing", "present": []map[string]any{{"name": "Li", "unit": "station 4"}}})},
		{"duty", "/viewings/%s/close", nil},
		{"duty", "/viewings", stretch(map[string]any{"cameras": []string{gate}, "purpose": "inspection", "reason": "as every week"})},
		{"duty", "/snapshots", map[string]any{"camera": gate, "note": "a van"}},
		{"head", "/holds", stretch(map[string]any{"cameras": i.ids, "kind": "case", "owner": "Office", "reason": "a scratch", "reviewAt": review})},
		{"head", "/holds/%s/review", map[string]any{"reviewAt": now.Add(96 * time.Hour).Format(time.RFC3339), "note": "it goes on"}},
		{"head", "/holds/%s/release", map[string]any{"reason": "it is over"}},
		{"leader", "/holds/%s/release/reject", map[string]any{"note": "not yet"}},
		{"head", "/holds/%s/release", map[string]any{"reason": "it is over now"}},
		{"leader", "/holds/%s/release/approve", map[string]any{"note": "agreed"}},
		{"head", "/holds", stretch(map[string]any{"cameras": []string{gate}, "kind": "notice", "owner": "Police", "reason": "theft", "reviewAt": review})},
		{"head", "/holds/%s/release", map[string]any{"reason": "it waits"}},
		{"head", "/deletions", map[string]any{"cameras": []string{yard}, "from": now.Add(-time.Hour).Format(time.RFC3339), "to": now.Add(-12 * time.Second).Format(time.RFC3339), "ground": "authority", "document": "No. 5", "reason": "a balcony"}},
		{"leader", "/deletions/%s/approve", map[string]any{"note": ""}},
		{"head", "/deletions", stretch(map[string]any{"cameras": []string{yard}, "ground": "authority", "document": "No. 6", "reason": "another balcony"})},
		{"leader", "/deletions/%s/reject", map[string]any{"note": "no document"}},
		{"head", "/maintenance", map[string]any{"cameras": []string{yard}, "to": now.Add(time.Hour).Format(time.RFC3339), "reason": "the lens"}},
		{"head", "/schedules", map[string]any{"camera": yard, "kind": "site", "hours": []map[string]any{{"days": []int{1, 2, 3, 4, 5}, "from": "00:00", "to": "12:00"}}, "reason": "office hours", "stops": false}},
		{"duty", "/cameras/" + yard + "/switch", map[string]any{"enabled": false, "reason": "painters"}},
	} {
		path := strings.Replace(step.path, "%s", made.ID, 1)
		into := any(nil)
		if path == step.path { // what follows may be about it
			into = &made
		}
		if err := i.Call(ctx, who[step.by], http.MethodPost, "/api/v1"+path, step.body, into); err != nil {
			return fmt.Errorf("%s: %s: %w", step.by, path, err)
		}
	}
	return nil
}
