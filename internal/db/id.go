package db

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// alphabet is Crockford's base32 in lower case: no i, l, o, u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const (
	idLength = 13 // 65 bits
	idEpoch  = 1577836800
	idUnit   = 8 // seconds; 28 bits of them reach to 2088 and leave 37 random bits
)

// NewID makes an identifier of 13 lower-case base32 characters: 28 bits of time,
// so that neighbours in time are neighbours in the index, then 37 random bits.
// Its order says nothing finer than 8 seconds: sort by a column of time.
func NewID() string { return newID(time.Now()) }

func newID(at time.Time) string {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	random := binary.BigEndian.Uint64(b[:])
	since := uint64(max(at.Unix()-idEpoch, 0)) / idUnit
	var id [idLength]byte
	low := random & (1<<37 - 1) // characters 6…12 and the low two bits of character 5
	high := since&(1<<28-1)<<2 | low>>35
	for i := 5; i >= 0; i-- {
		id[i] = alphabet[high&31]
		high >>= 5
	}
	low &= 1<<35 - 1
	for i := idLength - 1; i > 5; i-- {
		id[i] = alphabet[low&31]
		low >>= 5
	}
	return string(id[:])
}

// ValidID tells whether s has the form of an identifier.
func ValidID(s string) bool {
	if len(s) != idLength {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' && c != 'i' && c != 'l' && c != 'o' && c != 'u') {
			return false
		}
	}
	return true
}
