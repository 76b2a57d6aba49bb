package policy

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// kindEffective is the act of a start with another configuration, or another program, than the
// last one.
const kindEffective = "configuration.changed"

// Running is what a start runs with.
type Running struct {
	Config *config.Config
	// Env is where secrets are that the file does not hold; os.LookupEnv in the program.
	Env func(string) (string, bool)
	// Key hides secrets in the record; that of the data folder.
	Key []byte
	// Version and Binary are those of the program: its name for itself, and SHA-256 of its
	// file; empty where nobody has looked.
	Version, Binary string
}

// BinaryHash is SHA-256 of the file of this program, in hexadecimal.
func BinaryHash() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// values are what the record says of it: what is otherwise than the default, redacted, secrets
// as digests that nobody without the key can try guesses against.
func (r Running) values() map[string]string {
	standard := config.Default().Values()
	values := map[string]string{}
	for key, value := range r.Config.Values() {
		if value != standard[key] {
			values[key] = value
		}
	}
	for key, value := range r.Config.Hidden(r.Env) {
		values[key] = digest(r.Key, key, value)
	}
	for key, value := range map[string]string{"program.version": r.Version, "program.sha256": r.Binary} {
		if value != "" {
			values[key] = value
		}
	}
	return values
}

func digest(key []byte, name string, value secret.Text) string {
	sum := hmac.New(sha256.New, key)
	fmt.Fprintf(sum, "%s\x00%s", name, value.Reveal())
	return "digest " + hex.EncodeToString(sum.Sum(nil)[:8])
}

// Effective puts on record at a start, now in µs since 1970 UTC, what the effective configuration
// and the program have otherwise than at the last start (clause C081). Who changes the file has
// the machine, and nobody approves it; but it is seen.
func Effective(ctx context.Context, d *db.DB, now int64, r Running) error {
	is := r.values()
	standard := config.Default().Values()
	err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		acts, _, err := ledger.List(ctx, tx, ledger.Filter{Kind: kindEffective, Limit: 1})
		if err != nil {
			return err
		}
		was, first := map[string]string{}, len(acts) == 0
		if !first {
			last, _ := acts[0].Detail["values"].(map[string]any)
			for key, value := range last {
				was[key], _ = value.(string)
			}
		}
		keys := slices.Concat(slices.Collect(maps.Keys(was)), slices.Collect(maps.Keys(is)))
		slices.Sort(keys)
		changes := []any{}
		for _, key := range slices.Compact(keys) {
			from, to := was[key], is[key]
			if from == to {
				continue
			}
			change := map[string]any{"key": key, "from": orStandard(from, standard[key]), "to": orStandard(to, standard[key])}
			changes = append(changes, change)
		}
		if len(changes) == 0 {
			return nil
		}
		detail := map[string]any{"changes": changes, "values": is, "by": "configuration"}
		if first { // the changes are against the defaults
			detail["first"] = true
		}
		return ledger.Record(ctx, tx, ledger.Act{At: now, Kind: kindEffective, Detail: detail})
	})
	return problem.Wrap(err, "put on record what the program runs with")
}

func orStandard(value, standard string) string {
	if value == "" {
		return standard
	}
	return value
}
