package capacity

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// lasting is for how long a camera must send more than was measured for that to count:
	// a minute of movement is no other setting.
	lasting = int64(time.Hour / time.Microsecond)
	// raised is how many times the rate that was measured it must send. By day a camera
	// sends more than its mean, and less by night.
	raised = 1.5
)

// shown are the rates that cameras were seen to send within the last hour.
type shown struct {
	mu   sync.Mutex // guards seen
	seen map[string][]moment
}

type moment struct {
	at   int64
	rate float64 // bytes a day
}

// look notes what cameras send at present.
func (k *Keeper) look(ctx context.Context) error {
	now := k.Clock.Micro()
	if k.young(now) {
		return nil
	}
	cameras, err := k.Cameras(ctx)
	if err != nil {
		return err
	}
	k.shown.mu.Lock()
	defer k.shown.mu.Unlock()
	before := k.shown.seen
	k.shown.seen = make(map[string][]moment, len(cameras))
	for _, c := range cameras {
		seen := slices.DeleteFunc(before[c], func(m moment) bool { return m.at > now || m.at < now-lasting })
		k.shown.seen[c] = append(seen, moment{now, perDay(k.sight(c).Bitrate)})
	}
	return nil
}

// least is what a camera has sent at least for an hour, 0 where nobody has looked at it for
// as long.
func (s *shown) least(camera string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen[camera]
	if n := len(seen); n == 0 || seen[n-1].at-seen[0].at < lasting-2*settles {
		return 0
	}
	least := seen[0].rate
	for _, m := range seen {
		least = min(least, m.rate)
	}
	return least
}
