package ui

// wallTime is an instant of wall time, in Unix milliseconds. A page shows it as the
// time of day, which the script says again in the reader's own zone: who reads a log
// compares it with other logs, and instance time may stand still.
type wallTime struct{ MS int64 }

// Machine is the instant for programs.
func (t wallTime) Machine() string { return utc(t.MS).Format("2006-01-02T15:04:05.000Z") }

// Full is the instant for people.
func (t wallTime) Full() string { return fullTime(t.MS) + " (wall time)" }

// Text is the time of day.
func (t wallTime) Text() string { return utc(t.MS).Format("15:04:05.000") + " UTC" }
