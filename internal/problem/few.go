package problem

import (
	"errors"
	"fmt"
)

// fewShown is how many errors Few tells of.
const fewShown = 5

// Few joins errors and bounds what they say: work over thousands of things that all fail for
// one reason tells of the first of them, and how many there were. An Error with a code that
// none before had is always among them. The zero Few is ready for use.
type Few struct {
	shown []error
	codes map[string]bool
	more  int
}

// Add takes an error, or nil.
func (f *Few) Add(err error) {
	if err == nil {
		return
	}
	is, fresh := (*Error)(nil), false
	if errors.As(err, &is) && !f.codes[is.Code] {
		if f.codes == nil {
			f.codes = map[string]bool{}
		}
		f.codes[is.Code], fresh = true, true
	}
	if len(f.shown) < fewShown || fresh {
		f.shown = append(f.shown, err)
	} else {
		f.more++
	}
}

// Err is all of them, nil where there is none.
func (f *Few) Err() error {
	if f.more == 0 {
		return errors.Join(f.shown...)
	}
	return errors.Join(append(f.shown[:len(f.shown):len(f.shown)], fmt.Errorf("and %d more", f.more))...)
}
