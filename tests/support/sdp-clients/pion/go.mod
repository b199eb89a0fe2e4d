module client
