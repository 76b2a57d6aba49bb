package witness

import (
	"fmt"
	"strings"

	"watchroom/evidence/tlog"
)

// Parse reads the witnesses of a configuration: of each its address and its verifier key.
func Parse(texts []string) (all []Witness, err error) {
	for _, text := range texts {
		fields := strings.Fields(text)
		if len(fields) != 2 {
			return nil, fmt.Errorf("ledger.witnesses: %q: an address, a space and a verifier key are wanted", text)
		}
		w := Witness{URL: fields[0]}
		if w.Key, err = tlog.ParseKey(fields[1]); err != nil {
			return nil, fmt.Errorf("ledger.witnesses: %q: %w", text, err)
		}
		w.Name = w.Key.Name()
		all = append(all, w)
	}
	return all, nil
}
