package route

import (
	"testing"
	"time"

	"watchroom/internal/access/account"
)

// TestATermBoundsWhatRuns: what goes on is asked again at the earlier of two ends, that of
// the session or token and that of the account.
func TestATermBoundsWhatRuns(t *testing.T) {
	us := func(n int64) *int64 { return &n }
	for name, c := range map[string]struct {
		id   account.Identity
		want time.Time
	}{
		"nothing ends":         {account.Identity{Token: &account.Token{}}, time.Time{}},
		"the session is first": {account.Identity{Session: &account.Session{ExpiresAt: 5}, Person: account.Person{ValidUntil: us(9)}}, Time(5)},
		"the lock is first":    {account.Identity{Session: &account.Session{ExpiresAt: 5, LocksAt: 4}}, Time(4)},
		"the term is first":    {account.Identity{Session: &account.Session{ExpiresAt: 5}, Person: account.Person{ValidUntil: us(3)}}, Time(3)},
		"the term alone":       {account.Identity{Token: &account.Token{}, Person: account.Person{ValidUntil: us(3)}}, Time(3)},
		"the token is first":   {account.Identity{Token: &account.Token{ExpiresAt: us(2)}, Person: account.Person{ValidUntil: us(3)}}, Time(2)},
	} {
		if got := lasts(c.id, false); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
