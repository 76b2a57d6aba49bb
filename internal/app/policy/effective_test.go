package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"watchroom/internal/app/policy"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestWhatAStartRunsWithIsOnRecord: what is otherwise than at the last start, with its key, what
// it was and what it is; secrets as digests; the program by its hash.
func TestWhatAStartRunsWithIsOnRecord(t *testing.T) {
	clause.Covers(t, "C081")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		cfg := config.Default()
		cfg.TrustedProxies = []string{"10.0.0.1"}
		cfg.Database.URL = "postgres://u:hush@db/w"
		run := policy.Running{Config: cfg, Key: []byte("key"), Version: "v0.3", Binary: "aa", Env: func(string) (string, bool) { return "", false }}
		now := int64(1000)
		begin := func() (changes map[string][2]any, n int) {
			t.Helper()
			now++
			if err := policy.Effective(t.Context(), d, now, run); err != nil {
				t.Fatal(err)
			}
			acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "configuration.changed"})
			if err != nil {
				t.Fatal(err)
			}
			changes = map[string][2]any{}
			if acts[0].At == now {
				for _, c := range acts[0].Detail["changes"].([]any) {
					change := c.(map[string]any)
					changes[change["key"].(string)] = [2]any{change["from"], change["to"]}
				}
			}
			return changes, len(acts)
		}
		changes, n := begin()
		if n != 1 || changes["trusted_proxies"] != [2]any{"[]", `["10.0.0.1"]`} || changes["program.sha256"] != [2]any{"", "aa"} || changes["database.url.password"][1] == "" {
			t.Errorf("%d %v", n, changes)
		}
		if changes, n = begin(); n != 1 || len(changes) != 0 {
			t.Errorf("the same again: %d %v", n, changes)
		}
		cfg.TrustedProxies, run.Binary = nil, "bb"
		if changes, n = begin(); n != 2 || len(changes) != 2 || changes["trusted_proxies"] != [2]any{`["10.0.0.1"]`, "[]"} || changes["program.sha256"] != [2]any{"aa", "bb"} {
			t.Errorf("a proxy less, another program: %d %v", n, changes)
		}
		cfg.Database.URL = "postgres://u:else@db/w"
		changes, _ = begin()
		if len(changes) != 1 || changes["database.url.password"][0] == changes["database.url.password"][1] {
			t.Errorf("another password: %v", changes)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range acts {
			for _, word := range []string{"hush", "else"} {
				if text := fmt.Sprint(a.Detail); strings.Contains(text, word) {
					t.Errorf("a secret stands in an act: %s", text)
				}
			}
		}
	})
}
