// Package asked puts on record what people ask of the audit trail: each question once in a
// while and session, whatever number of pages and looks its answer takes, so that the trail
// tells who read it and is not filled by being read.
package asked

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/rule"
)

// again is how long the same question of one session is no new act.
var again = rule.Duration{Key: "trail.again", Default: 10 * time.Minute, Least: time.Minute, Most: 8 * time.Hour,
	Guard: rule.Higher, Clauses: []string{"C094", "C114"}}

// Parameters gives what an institution sets of it.
func Parameters() []rule.Parameter { return []rule.Parameter{again} }

// most bounds what is remembered; beyond it questions are on record more often.
const most = 20_000

// Questions remembers what was asked lately.
type Questions struct {
	DB    *db.DB
	Clock clock.Clock
	Rules *rule.Set // see Parameters; nil: the defaults

	mu   sync.Mutex // guards last, and is held while a question is put on record
	last map[[sha256.Size]byte]int64
}

// Question is what somebody asks.
type Question struct {
	Kind    string // of its act
	Subject string
	Camera  string
	Detail  map[string]any
	Same    string // what makes it the same question, besides kind and subject
}

// Record puts a question on record unless the same session asked it a while ago. Where it
// fails nothing may be answered.
func (q *Questions) Record(ctx context.Context, actor access.Actor, one Question) error {
	key := sha256.Sum256([]byte(actor.Person + "\x00" + actor.Session + "\x00" + actor.Token + "\x00" + one.Kind + "\x00" + one.Subject + "\x00" + one.Same))
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.Clock.Micro()
	if at, ok := q.last[key]; ok && at <= now && now-at < again.Get(q.Rules).Microseconds() {
		return nil
	}
	act := actor.For(access.ActRead, one.Camera).Act(now, one.Kind, one.Subject, one.Camera, one.Detail)
	err := q.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return ledger.Record(ctx, tx, act) })
	if err != nil {
		return err
	}
	q.remember(key, now)
	return nil
}

func (q *Questions) remember(key [sha256.Size]byte, now int64) {
	if len(q.last) >= most {
		for k, at := range q.last {
			if now-at >= again.Get(q.Rules).Microseconds() {
				delete(q.last, k)
			}
		}
	}
	if q.last == nil || len(q.last) >= most {
		q.last = map[[sha256.Size]byte]int64{}
	}
	q.last[key] = now
}
