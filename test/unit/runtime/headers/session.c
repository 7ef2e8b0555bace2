/* The header must compile alone, as C11. */
#include "swage/session.h"
