package fmp4

import "fmt"

// Relabel changes in place which track, and which of its sample descriptions, the
// samples of a part belong to, for a file that is put together from several. as
// gives both for a track id of the part. head must hold the whole moof as
// AppendHead lays it out; on
// an error nothing has been changed.
func Relabel(head []byte, as func(track int) (id int, description uint32)) error {
	x, _, ok := nextBox(head)
	if !ok || x.kind != "moof" {
		return fmt.Errorf("%w: no moof", ErrMalformed)
	}
	var heads [][]byte
	for b := x.body; len(b) > 0; {
		c, rest, ok := nextBox(b)
		if !ok {
			return fmt.Errorf("%w: moof is not of our layout", ErrMalformed)
		}
		if c.kind == "traf" {
			tfhd, ok := child(c.body, "tfhd")
			if !ok || len(tfhd) < 12 || tfhd[3]&3 != 2 {
				return fmt.Errorf("%w: traf is not of our layout", ErrMalformed)
			}
			heads = append(heads, tfhd)
		}
		b = rest
	}
	for _, tfhd := range heads {
		id, description := as(int(be.Uint32(tfhd[4:])))
		be.PutUint32(tfhd[4:], uint32(id))
		be.PutUint32(tfhd[8:], description)
	}
	return nil
}
